//! A fused operation as one node of the autodiff graph of the CPU backend.

use std::{
    fmt::Debug,
    marker::PhantomData,
    ops::Deref,
    sync::atomic::{AtomicBool, Ordering},
};

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

/// A fused operation on contiguous numbers, with its hand-written backward pass.
pub(crate) trait Kernel<const N: usize>: Debug + Clone + Send + Sync + 'static {
    /// What the forward pass keeps for the backward pass, inputs included.
    type Saved: Debug + Clone + Send + Sync + 'static;

    /// Whether the backward pass reads the output.
    const KEEPS_OUTPUT: bool = false;

    /// Shape of the output, its numbers, and what the backward pass needs.
    fn forward(&self, inputs: [Values; N]) -> (Vec<usize>, Vec<f32>, Self::Saved);

    /// Gradient of every input from the gradient of the output; `output` is empty unless it is
    /// kept.
    fn backward(&self, saved: Self::Saved, output: &[f32], gradient: Values) -> [Vec<f32>; N];
}

/// The numbers of a tensor of the CPU backend; copies share them.
#[derive(Debug, Clone)]
pub(crate) struct Values(FlexTensor);

impl Values {
    fn contiguous(tensor: FlexTensor) -> Self {
        assert_eq!(
            tensor.dtype(),
            DType::F32,
            "fused operations compute in f32"
        );
        Self(tensor.to_contiguous())
    }

    /// The numbers to write to, copied only if somebody else still reads them.
    pub(crate) fn into_vec(self) -> Vec<f32> {
        let data = self.0.into_data();
        data.try_into_vec().expect("the tensor is f32")
    }
}

impl Deref for Values {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        self.0.as_slice().expect("the tensor was made contiguous")
    }
}

impl From<Vec<f32>> for Values {
    fn from(values: Vec<f32>) -> Self {
        Self(tensor(vec![values.len()], values))
    }
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
    apply_reading(kernel, inputs, |_| ()).0
}

/// As [`apply`], and reads something from what the forward pass kept.
pub(crate) fn apply_reading<const N: usize, const D: usize, K: Kernel<N>, R>(
    kernel: K,
    inputs: [Input; N],
    read: impl FnOnce(&K::Saved) -> R,
) -> (Tensor<D>, R) {
    let tracked = inputs[0].0.device().is_autodiff();
    if !tracked {
        let inputs = inputs.map(|input| {
            let tensor = input.0.try_into_primitive::<Flex>();
            Values::contiguous(tensor.expect("inputs share one backend"))
        });
        let (shape, values, saved) = in_pool(|| kernel.forward(inputs));
        let output = Tensor::from_primitive::<Flex>(tensor(shape, values));
        return (output, read(&saved));
    }
    let mut tensors = Vec::with_capacity(N);
    let guards = inputs.map(|input| {
        let tensor = input.0.try_into_primitive::<Autodiff<Flex>>();
        let (tensor, guard) = tensor.expect("inputs share one backend").into_parts();
        tensors.push(Values::contiguous(tensor));
        guard
    });
    let inputs: [Values; N] = tensors.try_into().expect("one tensor for each input");
    let shapes = inputs.each_ref().map(|input| input.0.shape().to_vec());
    let (shape, values, saved) = in_pool(|| kernel.forward(inputs));
    let (output, found) = (tensor(shape, values), read(&saved));
    let node = match Node::<N, K>(PhantomData)
        .prepare::<NoCheckpointing>(guards)
        .compute_bound()
        .stateful()
    {
        OpsKind::Tracked(prep) => prep.finish(
            State {
                kernel,
                shapes,
                saved,
                output: K::KEEPS_OUTPUT.then(|| Values(output.clone())),
            },
            output,
        ),
        OpsKind::UnTracked(prep) => prep.finish(output),
    };
    (Tensor::from_primitive::<Autodiff<Flex>>(node), found)
}

/// The backward step of a kernel.
#[derive(Debug)]
struct Node<const N: usize, K>(PhantomData<K>);

/// What the graph keeps of a kernel until its backward step.
#[derive(Debug, Clone)]
struct State<const N: usize, K: Kernel<N>> {
    kernel: K,
    shapes: [Vec<usize>; N],
    saved: K::Saved,
    output: Option<Values>,
}

impl<const N: usize, K: Kernel<N>> Backward<Flex, N> for Node<N, K> {
    type State = State<N, K>;

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let State {
            kernel,
            shapes,
            saved,
            output,
        } = ops.state;
        let gradient = Values::contiguous(grads.consume::<Flex>(&ops.node));
        let output = output.as_deref().unwrap_or_default();
        let gradients = in_pool(|| kernel.backward(saved, output, gradient));
        for ((parent, shape), values) in ops.parents.into_iter().zip(shapes).zip(gradients) {
            if let Some(parent) = parent {
                grads.register::<Flex>(parent.id, tensor(shape, values));
            }
        }
    }
}

/// Runs `work` on a thread of the pool: from there sharing work with the other threads costs
/// little, while from outside every call would put the caller to sleep.
///
/// The other threads stay awake for it: a decoder step shares its work so often that waking them
/// each time would cost more than the work.
pub(crate) fn in_pool<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    /// Only one caller at a time has company, or two could wait for each other's.
    static TAKEN: AtomicBool = AtomicBool::new(false);
    /// Ends the company, however the work ends.
    struct Company<'a>(&'a AtomicBool);
    impl Drop for Company<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Release);
            TAKEN.store(false, Ordering::Release);
        }
    }

    let done = AtomicBool::new(false);
    rayon::scope(|scope| {
        if TAKEN.swap(true, Ordering::Acquire) {
            return work();
        }
        let _company = Company(&done);
        let home = rayon::current_thread_index();
        let done = &done;
        for _ in 1..rayon::current_num_threads() {
            scope.spawn(move |_| accompany(home, done));
        }
        work()
    })
}

/// Looks for work in vain after which a waiting thread lets others have its processor: longer than the gaps between the
/// shares of a decoder step, shorter than what a preempted thread is away.
const SPINS: u32 = 200;

/// Takes over whatever work there is until `done`. On its own thread the work would wait for it
/// for ever, so there is no company at `home`.
fn accompany(home: Option<usize>, done: &AtomicBool) {
    if rayon::current_thread_index() == home {
        return;
    }
    let mut idle = 0;
    while !done.load(Ordering::Acquire) {
        if rayon::yield_now() == Some(rayon::Yield::Executed) {
            idle = 0;
        } else if idle < SPINS {
            idle += 1;
            std::hint::spin_loop();
        } else {
            std::thread::yield_now();
        }
    }
}

/// The numbers of a tensor of the CPU backend, outside the graph; nothing is copied.
///
/// # Panics
/// If the tensor is on another backend or not `f32`.
pub(crate) fn values<const D: usize>(input: Tensor<D>) -> Values {
    let tensor = input.inner().try_into_primitive::<Flex>();
    Values::contiguous(tensor.expect("the tensor is on the CPU backend"))
}

fn tensor(shape: Vec<usize>, values: Vec<f32>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}
