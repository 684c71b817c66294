//! Which hyper-parameters make a network that the weights of another do not fit.

use super::{
    hparam::Hparam,
    table::{HPARAMS, Hparams},
};

impl Hparams {
    /// The hyper-parameters in which `now` has a network of another shape.
    #[must_use]
    pub fn reshaped_by(&self, now: &Self) -> Vec<&'static Hparam> {
        let shape = |hparams: &Self| {
            let mut shape = Self::default();
            shape.adopt(&hparams.tacotron2(0));
            shape.text_cleaners.clone_from(&hparams.text_cleaners);
            shape
        };
        let before = shape(self);
        let changes = |row: &&Hparam| {
            let mut changed = self.clone();
            (row.set)(&mut changed, &row.value(now)) && shape(&changed) != before
        };
        HPARAMS.iter().filter(changes).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_layers_reshape_and_the_rest_does_not() {
        let before = Hparams::default();
        let now = Hparams {
            n_mel_channels: 40,
            use_mmi: true,
            learning_rate: 1e-5,
            p_decoder_dropout: 0.3,
            ..Hparams::default()
        };
        let names: Vec<&str> = before
            .reshaped_by(&now)
            .iter()
            .map(|row| row.name)
            .collect();
        assert_eq!(names, ["n_mel_channels", "use_mmi"]);
        assert!(now.reshaped_by(&now).is_empty());
    }
}
