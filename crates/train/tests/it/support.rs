//! What the tests share: a corpus out of thin air, tiny hyper-parameters, and somebody who writes down every event.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use burn::tensor::Device;
use diktor_corpus::{Split, SplitChanges, SplitRecord};
use diktor_text::{Cleaners, Frontend};
use diktor_track::{Event, NamedSink, Sink, SinkError, Tracker};
use diktor_train::{
    Dataset, Hparams,
    data::{Cursor, Feeder, FeederConfig},
    diary::{Diary, Voice},
};

pub(crate) use diktor_train::fault_injection::{BINS, examples};

/// A network of a few thousand weights, and a run of a few steps.
pub(crate) fn hparams() -> Hparams {
    Hparams {
        max_steps: 9,
        ledger_interval: 2,
        batch_size: 3,
        learning_rate: 1e-3,
        warmup_steps: 4,
        iters_per_checkpoint: 4,
        validation_freq: 3,
        keep_checkpoints: 2,
        n_mel_channels: BINS,
        symbols_embedding_dim: 8,
        encoder_embedding_dim: 8,
        encoder_n_convolutions: 1,
        prenet_dim: 6,
        attention_rnn_dim: 8,
        attention_dim: 4,
        attention_location_n_filters: 2,
        attention_location_kernel_size: 3,
        decoder_rnn_dim: 8,
        postnet_embedding_dim: 6,
        postnet_n_convolutions: 2,
        r_max: 2,
        n_frames_per_step: 2,
        max_decoder_steps: 6,
        guide_loss_decay_start: 3,
        guide_loss_decay_steps: 4,
        guide_loss_initial_weight: 2.0,
        use_phases: false,
        text_cleaners: vec!["english_cleaners".to_owned()],
        ..Hparams::default()
    }
}

pub(crate) fn frontend() -> Frontend {
    Frontend::new(vec![Cleaners::EnglishCleaners])
}

pub(crate) fn dataset() -> Dataset {
    let mut train = examples(10);
    let validation = train.split_off(7);
    Dataset {
        train,
        validation,
        frontend: frontend(),
        problems: Vec::new(),
        split: Split {
            train: Vec::new(),
            validation: Vec::new(),
        },
        record: SplitRecord::default(),
        changes: SplitChanges::default(),
    }
}

pub(crate) fn device() -> Device {
    Device::flex()
}

pub(crate) fn feeder(hparams: &Hparams, cursor: Cursor) -> Feeder {
    let config = FeederConfig::from_hparams(hparams);
    Feeder::new(Arc::new(examples(7)), config, device().autodiff(), cursor).unwrap()
}

/// Everything that was emitted.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<Vec<Event>>>);

impl Seen {
    pub(crate) fn events(&self) -> Vec<Event> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn sink(&self) -> NamedSink {
        ("test", Box::new(self.clone()))
    }

    pub(crate) fn diary(&self, run_dir: &Path, hparams: &Hparams) -> Diary {
        let voice = Voice {
            mel: hparams.mel(),
            symbols: frontend().symbols,
            enhance: true,
            locale: hparams.locale.into(),
        };
        Diary::new(Tracker::new(vec![self.sink()]), run_dir, voice)
    }
}

impl Sink for Seen {
    fn record(&mut self, event: &Event) -> Result<(), SinkError> {
        self.0.lock().unwrap().push(event.clone());
        Ok(())
    }
}
