//! The whole recurrent core outside the graph, one step at a time: synthesis.

use std::mem::swap;

use burn::tensor::Tensor;

use super::{
    super::{DecoderWeights, Memory},
    Dims, Inputs,
    forward::Reader,
};
use crate::ops::{
    fused::{Values, values},
    lstm::step::Forward,
    matmul::Matrix,
    rows::{Panels, Stripes},
};

/// The core over some texts, between two steps.
pub(crate) struct Stepper {
    dims: Dims,
    reader: Reader,
    attention: Cell,
    decoder: Cell,
    /// Packed rows of the step before and of this one.
    packed: [Vec<f32>; 2],
    /// Sum of what the energies gave before this step and after it.
    sums: [Vec<f32>; 2],
    /// Hidden state of the decoder LSTM and context, `[B, H + E]`.
    output: Vec<f32>,
    prenet: usize,
}

/// An LSTM between two steps.
struct Cell {
    weights: Panels,
    bias: Vec<f32>,
    input: Stripes,
    next: Stripes,
    gates: Vec<f32>,
    /// Before this step and after it.
    cells: [Vec<f32>; 2],
}

impl Cell {
    fn new(parts: &[Tensor<2>], bias: Tensor<1>, batch: usize, weights: &DecoderWeights) -> Self {
        let numbers: Vec<Values> = parts.iter().map(|part| values(part.clone())).collect();
        let matrices = parts.iter().zip(&numbers).map(|(part, numbers)| {
            let [rows, columns] = part.dims();
            Matrix::new(numbers, rows, columns)
        });
        let matrices: Vec<Matrix<'_>> = matrices.collect();
        let inner = matrices.iter().map(Matrix::rows).sum();
        let bias = values(bias).to_vec();
        let input = Stripes::zeros(inner, batch, weights.dtype);
        let cells = vec![0.0; batch * bias.len() / 4];
        Self {
            weights: Panels::pack_gates(&matrices, input.height(), weights.dtype),
            next: input.clone(),
            input,
            gates: vec![0.0; batch * bias.len()],
            cells: [cells.clone(), cells],
            bias,
        }
    }

    /// One step; the hidden states go into rows of `hidden`, and into the next input from column
    /// `own` on.
    fn step(&mut self, hidden: &mut [f32], stride: usize, own: usize) {
        for row in self.gates.chunks_mut(self.bias.len()) {
            row.copy_from_slice(&self.bias);
        }
        let [before, after] = &mut self.cells;
        let step = Forward {
            weights: &self.weights,
            input: &self.input,
            gates: &mut self.gates,
            before,
            after,
            hidden,
            stride,
            turned: self.next.columns_from(own),
        };
        step.run(|_, _, _, _| ());
        swap(before, after);
        swap(&mut self.input, &mut self.next);
    }
}

impl Stepper {
    /// The state before the first frame.
    ///
    /// `prenet` is the pre-net's part of the attention LSTM, `[P, 4 H_a]`, and its bias.
    pub(crate) fn new(
        memory: &Memory,
        weights: &DecoderWeights,
        prenet: (Tensor<2>, Tensor<1>),
    ) -> Self {
        let parts = weights.attention.parts(memory.windowed);
        let dims = Dims::new(1, memory, weights, &parts);
        let inputs = Inputs {
            encoded: values(memory.encoded.clone()),
            projected: values(memory.read()),
            attention_context: values(weights.attention_context.clone()),
            attention_hidden: values(weights.attention_hidden.clone()),
            query: values(parts.query),
            location: values::<3>(parts.location),
            energy: values::<1>(parts.energy),
            further: values::<1>(parts.further),
        };
        let [units, _] = weights.decoder_hidden.dims();
        let (prenet, bias) = prenet;
        let [width, _] = prenet.dims();
        let (context, hidden) = (&weights.attention_context, &weights.attention_hidden);
        let attention = [prenet, context.clone(), hidden.clone()];
        let decoder = [
            weights.decoder_input.clone(),
            weights.decoder_hidden.clone(),
        ];
        let attention = Cell::new(&attention, bias, dims.batch, weights);
        let height = attention.input.height();
        let reader = Reader::new(dims, &memory.lengths, &inputs, parts.rule, height);
        let mut packed = vec![0.0; dims.batch * dims.packed()];
        for row in packed.chunks_mut(dims.packed()) {
            row[dims.states()..].copy_from_slice(&reader.start);
        }
        let sums = vec![0.0; dims.batch * dims.symbols];
        Self {
            dims,
            reader,
            attention,
            decoder: Cell::new(&decoder, weights.decoder_bias.clone(), dims.batch, weights),
            packed: [packed.clone(), packed],
            sums: [sums.clone(), sums],
            output: vec![0.0; dims.batch * (units + dims.memory)],
            prenet: width,
        }
    }

    /// One more step from the output of the pre-net, `[B, P]`.
    pub(crate) fn step(&mut self, prenet: &[f32]) {
        let (dims, width) = (self.dims, self.dims.packed());
        let own = self.prenet + dims.memory;
        let [before, packed] = &mut self.packed;
        swap(before, packed);
        let [sums, sums_after] = &mut self.sums;
        swap(sums, sums_after);
        self.attention
            .input
            .write(0, self.prenet, prenet, self.prenet);
        self.attention.step(packed, width, own);
        let input = &mut self.attention.input;
        self.reader
            .read(input, own, Some(before), packed, sums, sums_after);
        input.write(self.prenet, dims.memory, &packed[dims.attention..], width);

        let stride = self.output.len() / dims.batch;
        self.decoder.input.write(0, dims.states(), packed, width);
        self.decoder.step(&mut self.output, stride, dims.states());
        for (output, packed) in self.output.chunks_mut(stride).zip(packed.chunks(width)) {
            let context = &packed[dims.attention..dims.states()];
            output[stride - dims.memory..].copy_from_slice(context);
        }
    }

    /// Hidden state of the decoder LSTM and context of the last step, `[B, H + E]`.
    pub(crate) fn output(&self) -> &[f32] {
        &self.output
    }

    /// Attention weights of the last step, one row for each utterance.
    pub(crate) fn weights(&self) -> impl Iterator<Item = &[f32]> {
        let states = self.dims.states();
        self.packed[1]
            .chunks(self.dims.packed())
            .map(move |row| &row[states..])
    }
}
