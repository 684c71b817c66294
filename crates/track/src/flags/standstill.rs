//! For how long a run has become no better.

use serde::{Deserialize, Serialize};

use super::{Fading, IMPROVEMENT, MORE_ATTENTION, STANDSTILL_STEPS};

/// Remembers when loss and attention last became better.
///
/// The wait counts from the first step. It is judged once the voice should have learnt to look, and not before fixes had
/// time to act: a training flags the standstill then, and so does the critical check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standstill {
    loss: Fading,
    attention: Fading,
    best_loss: Option<f64>,
    best_attention: Option<f64>,
    /// Step at which attention became better.
    #[serde(default)]
    attention_rose_at: u64,
    /// Step at which either became better.
    improved_at: u64,
    /// First step at which fixes might act.
    #[serde(default)]
    mended_from: Option<u64>,
}

impl Default for Standstill {
    fn default() -> Self {
        Self {
            loss: Fading::new(0.99),
            attention: Fading::new(0.5),
            best_loss: None,
            best_attention: None,
            attention_rose_at: 0,
            improved_at: 0,
            mended_from: None,
        }
    }
}

impl Standstill {
    /// Takes in the loss of a step.
    pub fn note_loss(&mut self, step: u64, loss: f64) {
        let loss = self.loss.push(loss);
        // The best falls, so what must be exceeded is its negative.
        let (negative, best) = (loss.map(|v| -v), self.best_loss.map(|v| -v));
        if better(negative, best, |best| best + IMPROVEMENT * best.abs()) {
            self.best_loss = loss;
            self.improved_at = step;
        }
    }

    /// Takes in the diagonality of a validation.
    pub fn note_attention(&mut self, step: u64, diagonality: f64) {
        let attention = self.attention.push(diagonality);
        if better(attention, self.best_attention, |best| best + MORE_ATTENTION) {
            self.best_attention = attention;
            self.attention_rose_at = step;
            self.improved_at = step;
        }
    }

    /// Takes in whether fixes may act.
    pub fn note_fixes(&mut self, step: u64, may_act: bool) {
        if may_act && self.mended_from.is_none() {
            self.mended_from = Some(step);
        }
    }

    /// The run went back to an earlier step.
    pub fn went_back(&mut self, step: u64) {
        self.improved_at = self.improved_at.min(step);
        self.attention_rose_at = self.attention_rose_at.min(step);
    }

    /// Steps since loss or attention last became better.
    pub fn waited(&self, step: u64) -> u64 {
        step.saturating_sub(self.improved_at)
    }

    /// Loss and diagonality that have not been bettered, once both were measured.
    pub fn bests(&self) -> Option<(f64, f64)> {
        self.best_loss.zip(self.best_attention)
    }

    /// Whether the run stands still. `judged` says that the voice should have learnt to look, `trial` how many steps a
    /// fix has to show what it is worth.
    pub fn is_reached(&self, step: u64, judged: bool, trial: u64) -> bool {
        let tried = self
            .mended_from
            .is_some_and(|from| step >= from.saturating_add(trial.min(STANDSTILL_STEPS)));
        judged && tried && self.waited(step) >= STANDSTILL_STEPS && self.bests().is_some()
    }

    /// Whether guided attention that was raised at `raised_at` has its time still, or attention has become better since.
    pub fn guidance_may_help(&self, raised_at: Option<u64>, step: u64, trial: u64) -> bool {
        raised_at.is_some_and(|raised| {
            let rose = self.attention_rose_at;
            step < raised.saturating_add(trial)
                || (rose > raised && step < rose.saturating_add(trial))
        })
    }
}

/// Whether `value` exceeds what the best so far demands; anything does where there is none.
fn better(value: Option<f64>, best: Option<f64>, demanded: impl Fn(f64) -> f64) -> bool {
    value.is_some_and(|value| best.is_none_or(|best| value > demanded(best)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run whose loss and attention are these; fixes may act from step 100 on.
    fn played(steps: u64, loss: impl Fn(u64) -> f64, attention: impl Fn(u64) -> f64) -> Standstill {
        let mut found = Standstill::default();
        for step in 1..=steps {
            found.note_loss(step, loss(step));
            found.note_fixes(step, step >= 100);
            if step % 50 == 0 {
                found.note_attention(step, attention(step));
            }
        }
        found
    }

    #[test]
    fn the_wait_counts_from_the_beginning_and_is_judged_when_attention_is_late() {
        let flat = played(1500, |_| 3.0, |_| 0.05);
        assert_eq!(flat.waited(1500), 1450, "the first validation is the best");
        assert!(!flat.is_reached(1500, false, 100), "attention is not late");
        assert!(flat.is_reached(1500, true, 100));
        assert!(!flat.is_reached(1049, true, 100));
        assert!(
            !flat.is_reached(1099, true, 2000) && flat.is_reached(1100, true, 2000),
            "fixes had a thousand steps"
        );
    }

    #[test]
    fn either_of_loss_and_attention_is_progress() {
        let falling = played(3000, |step| 3.0 - 5e-4 * step as f64, |_| 0.05);
        assert!(!falling.is_reached(3000, true, 100));
        let rising = played(3000, |_| 3.0, |step| 1e-4 * step as f64);
        assert!(!rising.is_reached(3000, true, 100));
    }

    #[test]
    fn guidance_has_its_time_and_more_while_attention_rises() {
        let run = played(2000, |_| 3.0, |step| if step > 1200 { 0.2 } else { 0.1 });
        assert!(
            run.guidance_may_help(Some(1000), 1300, 200),
            "attention rose"
        );
        assert!(
            run.guidance_may_help(Some(1900), 2000, 200),
            "still on trial"
        );
        assert!(!run.guidance_may_help(Some(1000), 2000, 200));
        assert!(!run.guidance_may_help(None, 2000, 200));
    }
}
