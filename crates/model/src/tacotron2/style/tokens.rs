//! Learnt tokens, and the attention that mixes them into a style.

use burn::{
    module::{Module, Param},
    tensor::{Tensor, activation::softmax},
};

use crate::{
    layers::{Gain, Init, Linear},
    tacotron2::Tacotron2Config,
};

/// Spread of the first tokens.
const DEVIATION: f64 = 0.5;

/// # Source
/// Style Tokens (arXiv:1803.09017), section 3.1.2, "style token layer".
#[derive(Module, Debug)]
pub(crate) struct StyleTokens {
    /// `[K, C / H]`
    pub(crate) embedding: Param<Tensor<2>>,
    pub(crate) query: Linear,
    pub(crate) key: Linear,
    pub(crate) value: Linear,
    #[module(skip)]
    heads: usize,
}

impl StyleTokens {
    pub(super) fn new(init: &Init<'_>, config: &Tacotron2Config) -> Self {
        let channels = config.token_embedding_size;
        let each = channels / config.num_heads;
        let linear =
            |name, input| Linear::new(&init.of(name), input, channels, Gain::Linear, false);
        Self {
            embedding: init
                .of("embedding")
                .normal([config.token_num, each], DEVIATION),
            query: linear("query", config.ref_enc_gru_size),
            key: linear("key", each),
            value: linear("value", each),
            heads: config.num_heads,
        }
    }

    /// The mixture of tokens that each reference asks for, head by head.
    ///
    /// # Shapes
    /// - `reference`: `[B, U]`
    /// - output: `[B, C]`
    pub(super) fn attend(&self, reference: Tensor<2>) -> Tensor<2> {
        let [batch, _] = reference.dims();
        let tokens = self.embedding.val().tanh();
        let [count, each] = tokens.dims();
        // [H, B, C/H], [H, K, C/H]
        let query = self.by_head(self.query.forward(reference), batch, each);
        let key = self.by_head(self.key.forward(tokens.clone()), count, each);
        let value = self.by_head(self.value.forward(tokens), count, each);
        let scores = query.matmul(key.swap_dims(1, 2)) / (each as f64).sqrt();
        let mixed = softmax(scores, 2).matmul(value);
        mixed.swap_dims(0, 1).reshape([batch, self.heads * each])
    }

    /// What attention to one token alone gives, `[1, C]`.
    pub(super) fn one(&self, index: usize) -> Tensor<2> {
        let token = self.embedding.val().narrow(0, index, 1).tanh();
        self.value.forward(token)
    }

    fn by_head(&self, rows: Tensor<2>, count: usize, each: usize) -> Tensor<3> {
        rows.reshape([count, self.heads, each]).swap_dims(0, 1)
    }
}
