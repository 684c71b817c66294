//! Decoder steps on plain slices, for the CPU: the weights are packed once, and no step allocates.

use burn::tensor::Tensor;

use super::Prediction;
use crate::{
    layers::Linear,
    noise::Noise,
    ops::{
        decoder::{DecoderWeights, Memory, Stepper},
        fused::values,
        matmul::Matrix,
        rows::{Panels, Stripes, WeightDtype},
    },
    tacotron2::{Tacotron2, decoder::Decoder},
};

/// The decoder between two steps.
pub(super) struct Fused {
    stepper: Stepper,
    prenet: Vec<PrenetLayer>,
    head: Head,
    /// Last frame of every utterance, `[B, M]`.
    frame: Vec<f32>,
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
    input: Stripes,
    result: Vec<f32>,
    inputs: usize,
}

/// A layer of the pre-net and the name of its dropout.
struct PrenetLayer {
    layer: Layer,
    stream: String,
}

impl Fused {
    pub(super) fn new(
        network: &Tacotron2,
        memory: &Memory,
        weights: &DecoderWeights,
        r: usize,
    ) -> Self {
        let (decoder, config) = (&network.decoder, &network.config);
        let (units, batch) = (config.prenet_dim, memory.lengths.len());
        let input = decoder.attention_rnn.weight_ih.val().narrow(0, 0, units);
        let prenet = decoder.prenet.layers.iter().enumerate();
        Self {
            stepper: Stepper::new(memory, weights, (input, decoder.attention_rnn.bias())),
            prenet: prenet
                .map(|(i, l)| PrenetLayer {
                    layer: Layer::new(l.weight.val(), vec![0.0; units], batch),
                    stream: format!("prenet.{i}"),
                })
                .collect(),
            head: Head::new(decoder, batch),
            frame: vec![0.0; batch * config.n_mel_channels],
            mask: vec![1.0; units],
            whole: vec![1.0; config.mmi_dim],
            bins: config.n_mel_channels,
            r,
        }
    }

    pub(super) fn step(&mut self, dropout: Option<(Noise, f64)>, prediction: &mut Prediction) {
        let mut hidden = &self.frame;
        for PrenetLayer { layer, stream } in &mut self.prenet {
            if let Some((noise, p)) = dropout {
                noise.stream(stream).dropout_mask(p, 0, &mut self.mask);
            }
            layer.apply(hidden);
            layer.rectify(&self.mask);
            hidden = &layer.result;
        }
        self.stepper.step(hidden);
        prediction.weights.clear();
        for weights in self.stepper.weights() {
            prediction.weights.extend_from_slice(weights);
        }
        prediction.mel.clear();
        prediction.gate.clear();
        let (width, bins) = (self.r * self.bins, self.bins);
        let rows = self.head.apply(self.stepper.output(), &self.whole);
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
        let weight = values(weight);
        let dtype = WeightDtype::F32;
        let input = Stripes::zeros(inputs, batch, dtype);
        let matrix = Matrix::new(&weight, inputs, outputs);
        Self {
            weight: Panels::pack(&[matrix], input.height(), dtype),
            input,
            result: vec![0.0; batch * outputs],
            bias,
            inputs,
        }
    }

    fn apply(&mut self, input: &[f32]) {
        let columns = self.bias.len();
        self.input.write(0, self.inputs, input, self.inputs);
        self.weight
            .multiply(&self.input, 0, &mut self.result, columns);
        for row in self.result.chunks_mut(columns) {
            for (value, bias) in row.iter_mut().zip(&self.bias) {
                *value += bias;
            }
        }
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
    let bias = layer.bias.as_ref().expect("the projections have a bias");
    values(bias.val()).to_vec()
}
