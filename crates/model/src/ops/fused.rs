//! A fused operation as one node of the autodiff graph of the CPU backend.

use std::{fmt::Debug, marker::PhantomData, sync::Arc};

use burn::{
    backend::{
        Autodiff, Flex, TensorMetadata,
        autodiff::{
            checkpoint::{base::Checkpointer, strategy::NoCheckpointing},
            grads::Gradients,
            ops::{Backward, Ops, OpsKind},
        },
        flex::FlexTensor,
    },
    tensor::{DType, Device, Tensor, TensorData},
};

/// A fused operation on contiguous slices, with its hand-written backward pass.
pub(crate) trait Kernel<const N: usize>: Debug + Clone + Send + Sync + 'static {
    /// What the forward pass keeps for the backward pass.
    type Saved: Debug + Clone + Send + Sync + 'static;

    /// Shape of the output, its numbers, and what the backward pass needs.
    fn forward(&self, inputs: [&[f32]; N]) -> (Vec<usize>, Vec<f32>, Self::Saved);

    /// Gradient of every input from the gradient of the output.
    fn backward(&self, inputs: [&[f32]; N], saved: &Self::Saved, gradient: &[f32])
    -> [Vec<f32>; N];
}

/// Whether fused operations run on tensors of this device.
pub(crate) fn available(device: &Device) -> bool {
    device.clone().inner() == Device::flex()
}

/// One input of a fused operation, whatever its rank.
pub(crate) struct Input(Tensor<1>);

impl<const D: usize> From<Tensor<D>> for Input {
    fn from(tensor: Tensor<D>) -> Self {
        // A dispatch tensor knows its own shape; the rank of the wrapper is never read.
        Self(Tensor::from_dispatch(tensor.into_dispatch()))
    }
}

/// Runs the kernel as one node of the graph.
///
/// # Panics
/// If the inputs are not on the CPU backend (see [`available`]) or not `f32`.
pub(crate) fn apply<const N: usize, const D: usize, K: Kernel<N>>(
    kernel: K,
    inputs: [Input; N],
) -> Tensor<D> {
    apply_saving(kernel, inputs).0
}

/// As [`apply`], and gives what the forward pass kept as well.
pub(crate) fn apply_saving<const N: usize, const D: usize, K: Kernel<N>>(
    kernel: K,
    inputs: [Input; N],
) -> (Tensor<D>, Arc<K::Saved>) {
    let tracked = inputs[0].0.device().is_autodiff();
    if !tracked {
        let inputs = inputs.map(|input| {
            let tensor = input
                .0
                .try_into_primitive::<Flex>()
                .expect("inputs share one backend");
            contiguous(tensor)
        });
        let (shape, values, saved) = in_pool(|| kernel.forward(inputs.each_ref().map(slice)));
        return (
            Tensor::from_primitive::<Flex>(tensor(shape, values)),
            Arc::new(saved),
        );
    }
    let mut tensors = Vec::with_capacity(N);
    let guards = inputs.map(|input| {
        let tensor = input.0.try_into_primitive::<Autodiff<Flex>>();
        let (tensor, guard) = tensor.expect("inputs share one backend").into_parts();
        tensors.push(contiguous(tensor));
        guard
    });
    let inputs: [FlexTensor; N] = tensors.try_into().expect("one tensor for each input");
    let (shape, values, saved) = in_pool(|| kernel.forward(inputs.each_ref().map(slice)));
    let (output, saved) = (tensor(shape, values), Arc::new(saved));
    let kept = saved.clone();
    let node = match Node::<N, K>(PhantomData)
        .prepare::<NoCheckpointing>(guards)
        .compute_bound()
        .stateful()
    {
        OpsKind::Tracked(prep) => prep.finish(
            State {
                kernel,
                inputs,
                saved,
            },
            output,
        ),
        OpsKind::UnTracked(prep) => prep.finish(output),
    };
    (Tensor::from_primitive::<Autodiff<Flex>>(node), kept)
}

/// The backward step of a kernel.
#[derive(Debug)]
struct Node<const N: usize, K>(PhantomData<K>);

/// What the graph keeps of a kernel until its backward step.
#[derive(Debug, Clone)]
struct State<const N: usize, K: Kernel<N>> {
    kernel: K,
    inputs: [FlexTensor; N],
    saved: Arc<K::Saved>,
}

impl<const N: usize, K: Kernel<N>> Backward<Flex, N> for Node<N, K> {
    type State = State<N, K>;

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let State {
            kernel,
            inputs,
            saved,
        } = ops.state;
        let gradient = contiguous(grads.consume::<Flex>(&ops.node));
        let gradients =
            in_pool(|| kernel.backward(inputs.each_ref().map(slice), &saved, slice(&gradient)));
        for ((parent, input), values) in ops.parents.into_iter().zip(&inputs).zip(gradients) {
            if let Some(parent) = parent {
                grads.register::<Flex>(parent.id, tensor(input.shape().to_vec(), values));
            }
        }
    }
}

/// Runs `work` on a thread of the pool: from there sharing work with the other threads costs
/// little, while from outside every call would put the caller to sleep.
pub(crate) fn in_pool<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    rayon::scope(|_| work())
}

/// The numbers of a tensor of the CPU backend, outside the graph.
pub(crate) fn numbers<const D: usize>(input: Tensor<D>) -> Vec<f32> {
    let data = input.inner().into_data();
    data.try_into_vec().expect("the tensor is f32")
}

fn contiguous(tensor: FlexTensor) -> FlexTensor {
    assert_eq!(
        tensor.dtype(),
        DType::F32,
        "fused operations compute in f32"
    );
    tensor.to_contiguous()
}

fn slice(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().expect("the tensor was made contiguous")
}

fn tensor(shape: Vec<usize>, values: Vec<f32>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}
