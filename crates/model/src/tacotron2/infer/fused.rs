//! Decoder steps on plain slices, for the CPU: the weights are packed once, and no step allocates.

use burn::tensor::Tensor;

use super::Prediction;
use crate::{
    layers::Linear,
    noise::Noise,
    ops::{
        decoder::{Core, Stepper},
        fused::numbers,
        matmul::Matrix,
        rows::{Buffers, Panels, WeightDtype},
    },
    tacotron2::{Tacotron2, decoder::Decoder},
};

/// The decoder between two steps.
pub(super) struct Fused<'a> {
    stepper: Stepper<'a>,
    prenet: Vec<Layer>,
    gates: Layer,
    head: Head,
    /// Last frame of every utterance, `[B, M]`.
    frame: Vec<f32>,
    /// Hidden state and context of every utterance, `[B, H + E]`.
    output: Vec<f32>,
    mask: Vec<f32>,
    /// Of the head's layers, which drop nothing.
    whole: Vec<f32>,
    bins: usize,
    r: usize,
}

/// From hidden state and context to mel and gate.
enum Head {
    /// Mel of `r_max` frames, then the gate's logit, in one product.
    Direct(Layer),
    /// Over the layers that a recogniser listens to.
    Textual(Box<Textual>),
}

struct Textual {
    hidden: Layer,
    gate: Layer,
    audible: Layer,
    mel: Layer,
}

/// An affine map with room for its result.
struct Layer {
    weight: Panels,
    bias: Vec<f32>,
    result: Vec<f32>,
    buffers: Buffers,
}

impl<'a> Fused<'a> {
    pub(super) fn new(network: &Tacotron2, core: &'a Core, batch: usize, r: usize) -> Self {
        let (decoder, config) = (&network.decoder, &network.config);
        let units = config.prenet_dim;
        let input = decoder.attention_rnn.weight_ih.val().narrow(0, 0, units);
        let prenet = decoder.prenet.layers.iter();
        Self {
            stepper: core.stepper(),
            prenet: prenet
                .map(|l| Layer::new(l.weight.val(), vec![0.0; units], batch))
                .collect(),
            gates: Layer::new(input, numbers(decoder.attention_rnn.bias()), batch),
            head: Head::new(decoder, batch),
            frame: vec![0.0; batch * config.n_mel_channels],
            output: Vec::with_capacity(batch * (config.decoder_rnn_dim + config.memory_channels())),
            mask: vec![1.0; units],
            whole: vec![1.0; config.mmi_dim],
            bins: config.n_mel_channels,
            r,
        }
    }

    pub(super) fn step(&mut self, dropout: Option<(Noise, f64)>, prediction: &mut Prediction) {
        let mut hidden = &self.frame;
        for (i, layer) in self.prenet.iter_mut().enumerate() {
            if let Some((noise, p)) = dropout {
                noise
                    .stream(&format!("prenet.{i}"))
                    .dropout_mask(p, 0, &mut self.mask);
            }
            layer.apply(hidden);
            layer.rectify(&self.mask);
            hidden = &layer.result;
        }
        self.output.clear();
        prediction.weights.clear();
        for (output, weights) in self.stepper.step(self.gates.apply(hidden)) {
            self.output.extend_from_slice(output);
            prediction.weights.extend_from_slice(weights);
        }
        prediction.mel.clear();
        prediction.gate.clear();
        let (width, bins) = (self.r * self.bins, self.bins);
        let rows = self.head.apply(&self.output, &self.whole);
        for ((mel, gate), frame) in rows.zip(self.frame.chunks_mut(bins)) {
            prediction.mel.extend_from_slice(&mel[..width]);
            prediction.gate.push(1.0 / (1.0 + (-gate).exp()));
            frame.copy_from_slice(&mel[width - bins..width]);
        }
    }
}

impl Head {
    fn new(decoder: &Decoder, batch: usize) -> Self {
        let of = |linear: &Linear| Layer::new(linear.weight.val(), biases(linear), batch);
        match &decoder.textual {
            Some(head) => Self::Textual(Box::new(Textual {
                hidden: of(&head.hidden),
                gate: of(&decoder.gate),
                audible: of(&head.mel),
                mel: of(&decoder.projection),
            })),
            None => {
                let weights = vec![decoder.projection.weight.val(), decoder.gate.weight.val()];
                let mut bias = biases(&decoder.projection);
                bias.extend(biases(&decoder.gate));
                Self::Direct(Layer::new(Tensor::cat(weights, 1), bias, batch))
            }
        }
    }

    /// Mel of `r_max` frames and logit of the gate, for every utterance.
    fn apply<'a>(
        &'a mut self,
        state: &[f32],
        whole: &[f32],
    ) -> impl Iterator<Item = (&'a [f32], f32)> + use<'a> {
        let (mels, columns, gates, stride) = match self {
            Self::Direct(layer) => {
                layer.apply(state);
                let columns = layer.bias.len();
                (
                    &layer.result,
                    columns,
                    &layer.result[columns - 1..],
                    columns,
                )
            }
            Self::Textual(layers) => {
                let Textual {
                    hidden,
                    gate,
                    audible,
                    mel,
                } = &mut **layers;
                hidden.apply(state);
                hidden.rectify(whole);
                gate.apply(&hidden.result);
                audible.apply(&hidden.result);
                audible.rectify(whole);
                mel.apply(&audible.result);
                (&mel.result, mel.bias.len(), &gate.result[..], 1)
            }
        };
        let gates = gates.iter().step_by(stride).copied();
        mels.chunks(columns).zip(gates)
    }
}

impl Layer {
    fn new(weight: Tensor<2>, bias: Vec<f32>, batch: usize) -> Self {
        let [inputs, outputs] = weight.dims();
        Self {
            weight: Panels::pack(
                Matrix::new(&numbers(weight), inputs, outputs),
                WeightDtype::F32,
            ),
            result: vec![0.0; batch * outputs],
            bias,
            buffers: Buffers::default(),
        }
    }

    fn apply(&mut self, input: &[f32]) -> &Vec<f32> {
        for row in self.result.chunks_mut(self.bias.len()) {
            row.copy_from_slice(&self.bias);
        }
        self.weight
            .add_product(input, &mut self.result, &mut self.buffers);
        &self.result
    }

    /// Rectifies the result, then multiplies every row by `mask`.
    fn rectify(&mut self, mask: &[f32]) {
        for row in self.result.chunks_mut(mask.len()) {
            for (value, mask) in row.iter_mut().zip(mask) {
                *value = value.max(0.0) * mask;
            }
        }
    }
}

fn biases(layer: &Linear) -> Vec<f32> {
    numbers(
        layer
            .bias
            .as_ref()
            .expect("the projections have a bias")
            .val(),
    )
}
