//! A thread that has the next batches ready.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::Instant,
};

use burn::tensor::Device;
use diktor_corpus::{Example, batching::BatchPlan};

use super::{Cursor, StepBatch, collate, order_seed, plan};
use crate::{Hparams, Knobs, TrainError};

/// Steps prepared ahead: one being used, two waiting.
const AHEAD: usize = 2;

/// How batches are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeederConfig {
    /// Utterances per batch.
    pub batch_size: usize,
    /// Batches per optimiser step.
    pub accumulation: usize,
    /// Whether utterances of similar length share a batch.
    pub bucket: bool,
    /// The seed of the order.
    pub seed: u64,
    /// Mel frames per decoder step.
    pub frames_per_step: usize,
}

impl FeederConfig {
    /// What the hyper-parameters say.
    pub fn from_hparams(hparams: &Hparams) -> Self {
        Self {
            batch_size: hparams.batch_size,
            accumulation: hparams.gradient_accumulation_steps,
            bucket: hparams.use_bucket_batching,
            seed: hparams.seed,
            frames_per_step: hparams.n_frames_per_step,
        }
    }

    /// What the knobs have made of it, after so many restarts.
    pub fn turned(hparams: &Hparams, knobs: &Knobs, restarts: u64) -> Self {
        Self {
            batch_size: knobs.batch_size,
            accumulation: hparams.gradient_accumulation_steps * knobs.accumulation_fix_factor,
            seed: order_seed(hparams.seed, restarts),
            frames_per_step: knobs.n_frames_per_step,
            ..Self::from_hparams(hparams)
        }
    }

    /// Optimiser steps one epoch over these examples takes.
    pub fn steps_per_epoch(&self, examples: &[Example]) -> u64 {
        let batches = self.plan(examples).batches_per_epoch();
        batches.div_ceil(self.accumulation).max(1) as u64
    }

    fn plan(&self, examples: &[Example]) -> BatchPlan {
        plan(examples, self.batch_size, self.bucket, self.seed)
    }
}

/// Gives one [`StepBatch`] after another, for ever.
///
/// The order is a function of (seed, epoch, position) alone; the thread only decides when the work is done, never what.
#[derive(Debug)]
pub struct Feeder {
    examples: Arc<Vec<Example>>,
    config: FeederConfig,
    device: Device,
    cursor: Cursor,
    thread: Option<(Receiver<StepBatch>, JoinHandle<()>)>,
}

impl Feeder {
    /// A feeder that goes on from `cursor`.
    ///
    /// # Errors
    /// If there are no examples.
    pub fn new(
        examples: Arc<Vec<Example>>,
        config: FeederConfig,
        device: Device,
        cursor: Cursor,
    ) -> Result<Self, TrainError> {
        if examples.is_empty() {
            return Err(TrainError::NoExamples { part: "training" });
        }
        let mut feeder = Self {
            examples,
            config,
            device,
            cursor,
            thread: None,
        };
        feeder.start();
        Ok(feeder)
    }

    /// Where the next step begins.
    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// What is learnt from.
    pub fn examples(&self) -> &[Example] {
        &self.examples
    }

    /// What the next step works on.
    ///
    /// # Errors
    /// If the thread died.
    pub fn next_step(&mut self) -> Result<StepBatch, TrainError> {
        let began = Instant::now();
        let (receiver, _) = self.thread.as_ref().ok_or(TrainError::BatchThread)?;
        let mut batch = receiver.recv().map_err(|_| TrainError::BatchThread)?;
        batch.waited_s = began.elapsed().as_secs_f64();
        self.cursor = batch.after;
        Ok(batch)
    }

    /// Pads for another number of frames per decoder step from the next batch on; what was prepared is made anew.
    pub fn set_frames_per_step(&mut self, frames_per_step: usize) {
        if frames_per_step != self.config.frames_per_step {
            self.config.frames_per_step = frames_per_step;
            self.stop();
            self.start();
        }
    }

    /// Averages the gradients of so many batches from the next step on; what was prepared is made anew.
    pub fn set_accumulation(&mut self, accumulation: usize) {
        if accumulation != self.config.accumulation {
            self.config.accumulation = accumulation;
            self.stop();
            self.start();
        }
    }

    /// Goes on elsewhere, in another order; what was prepared is made anew.
    pub fn go_to(&mut self, cursor: Cursor, config: FeederConfig) {
        self.stop();
        self.cursor = cursor;
        self.config = config;
        self.start();
    }

    /// Takes so many utterances per batch from the next batch on. A place in the order of one size means nothing in
    /// that of another, so the running epoch ends here.
    pub fn set_batch_size(&mut self, batch_size: usize) {
        if batch_size != self.config.batch_size {
            self.config.batch_size = batch_size;
            if self.cursor.batch > 0 {
                self.cursor = Cursor {
                    epoch: self.cursor.epoch + 1,
                    batch: 0,
                };
            }
            self.stop();
            self.start();
        }
    }

    fn start(&mut self) {
        let (sender, receiver) = sync_channel(AHEAD);
        let mut maker = Maker {
            examples: Arc::clone(&self.examples),
            plan: self.config.plan(&self.examples),
            config: self.config,
            device: self.device.clone(),
            cursor: self.cursor,
            epoch: None,
        };
        let thread = thread::Builder::new()
            .name("batches".to_owned())
            .spawn(move || maker.run(&sender))
            .expect("the system can start one more thread");
        self.thread = Some((receiver, thread));
    }

    fn stop(&mut self) {
        if let Some((receiver, thread)) = self.thread.take() {
            // Without a receiver the thread's next send fails, and it ends.
            drop(receiver);
            let _ = thread.join();
        }
    }
}

impl Drop for Feeder {
    fn drop(&mut self) {
        self.stop();
    }
}

struct Maker {
    examples: Arc<Vec<Example>>,
    plan: BatchPlan,
    config: FeederConfig,
    device: Device,
    cursor: Cursor,
    epoch: Option<(u64, Vec<Vec<usize>>)>,
}

impl Maker {
    fn run(&mut self, sender: &SyncSender<StepBatch>) {
        while sender.send(self.make()).is_ok() {}
    }

    fn make(&mut self) -> StepBatch {
        let r = self.config.frames_per_step;
        let parts = (0..self.config.accumulation.max(1))
            .map(|_| {
                let chosen = self.choose();
                let examples: Vec<&Example> =
                    chosen.iter().map(|&index| &self.examples[index]).collect();
                collate(&examples, r, &self.device)
            })
            .collect();
        StepBatch {
            parts,
            frames_per_step: r,
            after: self.cursor,
            waited_s: 0.0,
        }
    }

    /// Indices of the next batch; moves the cursor.
    fn choose(&mut self) -> Vec<usize> {
        let number = self.cursor.epoch;
        let batches = match self.epoch.take() {
            Some((epoch, batches)) if epoch == number => batches,
            _ => self.plan.epoch(number),
        };
        let chosen = batches[self.cursor.batch as usize % batches.len()].clone();
        self.cursor.batch += 1;
        if self.cursor.batch >= batches.len() as u64 {
            self.cursor = Cursor {
                epoch: number + 1,
                batch: 0,
            };
        }
        self.epoch = Some((number, batches));
        chosen
    }
}
