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
    tacotron2::Tacotron2,
};

/// The decoder between two steps.
pub(super) struct Fused {
    stepper: Stepper,
    prenet: Vec<PrenetLayer>,
    /// Mel of `r_max` frames, then the gate's logit.
    projection: Layer,
    /// Last frame of every utterance, `[B, M]`.
    frame: Vec<f32>,
    mask: Vec<f32>,
    bins: usize,
    r: usize,
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
        let outputs = vec![decoder.projection.weight.val(), decoder.gate.weight.val()];
        let mut bias = biases(&decoder.projection);
        bias.extend(biases(&decoder.gate));
        let prenet = decoder.prenet.layers.iter().enumerate();
        Self {
            stepper: Stepper::new(memory, weights, (input, decoder.attention_rnn.bias())),
            prenet: prenet
                .map(|(i, l)| PrenetLayer {
                    layer: Layer::new(l.weight.val(), vec![0.0; units], batch),
                    stream: format!("prenet.{i}"),
                })
                .collect(),
            projection: Layer::new(Tensor::cat(outputs, 1), bias, batch),
            frame: vec![0.0; batch * config.n_mel_channels],
            mask: vec![1.0; units],
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
        let columns = self.projection.bias.len();
        self.projection.apply(self.stepper.output());
        let rows = self.projection.result.chunks(columns);
        for (row, frame) in rows.zip(self.frame.chunks_mut(bins)) {
            prediction.mel.extend_from_slice(&row[..width]);
            prediction
                .gate
                .push(1.0 / (1.0 + (-row[columns - 1]).exp()));
            frame.copy_from_slice(&row[width - bins..width]);
        }
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
