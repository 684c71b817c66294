//! The checkpoint or the file of weights that a run begins with.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use diktor_model::weights::{Dimensions, WeightFile};
use diktor_train::{Hparams, checkpoint::Given, hparams::HPARAMS, task::check_ignored};

use super::classify;
use crate::{
    checkpoint::{Wanted, checkpoint_of},
    cli::{self, Language},
    cmd::import,
    exit::usage,
    logging::SAID,
    settings::{self, Flag},
};

/// What a named checkpoint makes of a run.
pub(super) struct Start {
    pub(super) hparams: Hparams,
    /// Whether the run of the checkpoint goes on, with everything that it remembers.
    pub(super) goes_on: bool,
}

/// Looks into the file, and says what of it is taken.
///
/// # Errors
/// When it cannot be read, or does not fit what the command line asks for.
pub(super) fn start(arguments: &cli::Train, flags: &[Flag], path: &Path) -> anyhow::Result<Start> {
    let given = Given::read(path).map_err(classify)?;
    let corpus = arguments.dataset.as_deref();
    let corpus = corpus.map(|path| (path, arguments.corpus.reading()));
    let mut hparams = match &given {
        Given::Checkpoint(of) => {
            check_language(&of.state.hparams, arguments, path)?;
            settings::hparams_over(of.state.hparams.clone(), &arguments.source, flags)?
        }
        Given::Weights(_) => settings::hparams(&arguments.source, flags, corpus.as_ref())?,
    };
    let is_run = matches!(&given, Given::Checkpoint(of) if of.state.training.is_some());
    if is_run && !arguments.warm_start {
        return Ok(Start {
            hparams,
            goes_on: true,
        });
    }
    if let Given::Weights(file) = &given {
        tell(arguments, file, path);
    }
    let names: Vec<String> = given
        .tensors()
        .iter()
        .map(|tensor| tensor.name.clone())
        .collect();
    check_ignored(&hparams.ignore_layers, &names).map_err(classify)?;
    if !arguments.warm_start {
        // Weights alone, and all of them are wanted.
        hparams.ignore_layers.clear();
    }
    let layers = ignored(arguments).map(str::to_owned);
    hparams.ignore_layers.extend(layers);
    let dimensions =
        Dimensions::infer(given.tensors()).with_context(|| format!("`{}`", path.display()))?;
    let asked = hparams.clone();
    adopt_dimensions(&mut hparams, &dimensions, arguments, flags)?;
    tell_sizes(&asked, &hparams, arguments, path);
    Ok(Start {
        hparams,
        goes_on: false,
    })
}

/// Says what a file of another program holds that a run cannot go on with.
fn tell(arguments: &cli::Train, file: &WeightFile, path: &Path) {
    let name = path.display();
    for note in &file.metadata.notes {
        tracing::info!(target: SAID, "`{name}`: {note}");
    }
    if arguments.warm_start {
        return;
    }
    let behind = match file.metadata.iteration {
        Some(step) => format!(" (step {step})"),
        None => String::new(),
    };
    tracing::warn!(
        "`{name}`: its weights are taken, and neither its iteration{behind} nor the moments of its \
         optimiser: the run begins at step 0\nhint: `--warm-start` says the same and leaves out \
         `ignore_layers`"
    );
}

/// Layers of the variants that a flag leaves at their first values.
fn ignored(arguments: &cli::Train) -> impl Iterator<Item = &'static str> {
    const MMI: &[&str] = &[
        "mi",
        "decoder.linear_projection",
        "decoder.mel_layer",
        "decoder.gate_layer",
    ];
    let said: [(bool, &[&str]); 3] = [
        (arguments.ignore_mmi_layers, MMI),
        (arguments.ignore_gst_layers, &["gst", "gst_proj"]),
        (arguments.ignore_tsgst_layers, &["tpse_gst"]),
    ];
    said.into_iter()
        .filter(|(said, _)| *said)
        .flat_map(|(_, layers)| layers.iter().copied())
}

/// The sizes of weights that were trained elsewhere, unless the command line asks for others.
fn adopt_dimensions(
    hparams: &mut Hparams,
    dimensions: &Dimensions,
    arguments: &cli::Train,
    flags: &[Flag],
) -> anyhow::Result<()> {
    let network = import::network(hparams, dimensions);
    // A network may get layers that the file lacks: they begin with their first values.
    let wanted = (hparams.use_mmi, hparams.use_gst, hparams.use_tps_gst);
    hparams.adopt(&network);
    hparams.use_mmi |= wanted.0;
    hparams.use_gst |= wanted.1;
    hparams.use_tps_gst |= wanted.2;
    // What was said on the command line still wins, and then the weights that fit are taken.
    *hparams = settings::typed_again(hparams.clone(), &arguments.source, flags)?;
    Ok(())
}

/// Says which sizes a preset or a file asked for in vain: those of the weights stand.
fn tell_sizes(asked: &Hparams, taken: &Hparams, arguments: &cli::Train, path: &Path) {
    let source = &arguments.source;
    let by = match (&source.preset, &source.config) {
        (Some(preset), _) => format!("`--preset {preset}`"),
        (None, Some(config)) => format!("`{}`", config.display()),
        (None, None) => return,
    };
    let differing: Vec<String> = HPARAMS
        .iter()
        .map(|row| (row, row.value(asked), row.value(taken)))
        .filter(|(_, asked, taken)| asked != taken)
        .map(|(row, asked, taken)| format!("`{}` {taken} and not {asked}", row.name))
        .collect();
    if !differing.is_empty() {
        tracing::warn!(
            "the network has the sizes of the weights in `{}`, and not those of {by}: {}\nhint: for \
             those of {by}, train without `-c`, or begin with weights of that size",
            path.display(),
            differing.join(", ")
        );
    }
}

/// A voice of one language cannot read the texts of another.
fn check_language(voice: &Hparams, arguments: &cli::Train, path: &Path) -> anyhow::Result<()> {
    let source = &arguments.source;
    if source.lang.is_some() || settings::names_cleaners(source) {
        return Ok(());
    }
    let reads = |lang: Language| voice.text_cleaners == [lang.cleaners().trim_matches(['[', ']'])];
    let corpus = arguments.dataset.as_deref();
    let texts = corpus.and_then(|path| settings::language_of(path, &arguments.corpus.reading()));
    let (name, warm) = (
        path.display(),
        if arguments.warm_start {
            ""
        } else {
            "--warm-start "
        },
    );
    match texts {
        Some(Language::Ru) if reads(Language::En) => Err(usage(format!(
            "`{name}` reads English, and the texts are Russian\nhint: `{warm}--lang ru` takes its \
             weights for a Russian voice; the embedding of its letters begins anew"
        ))),
        Some(Language::En) if reads(Language::Ru) => {
            tracing::warn!(
                "`{name}` reads Russian, and the texts are in Latin letters\nhint: `{warm}--lang en` \
                 takes its weights for an English voice"
            );
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Where the checkpoint of a command line is.
pub(super) fn named(arguments: &cli::Train) -> anyhow::Result<Option<PathBuf>> {
    let wanted = if arguments.warm_start {
        Wanted::Voice
    } else {
        Wanted::Newest
    };
    let named = arguments.checkpoint.as_deref();
    named.map(|path| checkpoint_of(path, wanted)).transpose()
}
