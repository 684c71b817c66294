//! `diktor import`: a Tacotron 2 trained elsewhere becomes a checkpoint of ours.

mod symbols;

use std::{
    fmt,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use burn::tensor::Device;
use diktor_model::{
    AttentionType, NamedTensor, Tacotron2Config,
    weights::{Dimensions, ImportReport, MisShaped, WeightMetadata},
};
use diktor_text::SymbolTable;
use diktor_train::{Checkpoint, Hparams, checkpoint::Given};
use serde::Serialize;

pub(crate) use self::symbols::is_unknown;
use crate::{
    answer::Form,
    cli, device,
    exit::{Ending, usage},
    settings,
};

#[derive(Debug, Serialize)]
struct Imported {
    checkpoint: PathBuf,
    format: String,
    iteration: Option<u64>,
    parameters: usize,
    symbols: usize,
    matched: usize,
    missing: Vec<String>,
    unexpected: Vec<String>,
    mis_shaped: Vec<Shapes>,
    #[serde(skip)]
    report: ImportReport,
    /// What a person should know before speaking with it.
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Shapes {
    name: String,
    expected: Vec<usize>,
    found: Vec<usize>,
}

impl From<&MisShaped> for Shapes {
    fn from(tensor: &MisShaped) -> Self {
        let MisShaped {
            name,
            expected,
            found,
        } = tensor.clone();
        Self {
            name,
            expected,
            found,
        }
    }
}

/// Reads weights and writes a checkpoint.
///
/// # Errors
/// When the file is no Tacotron 2, is damaged, or lacks tensors.
pub(crate) fn run(arguments: cli::Import, form: Form) -> anyhow::Result<Ending> {
    let path = &arguments.file;
    if path.is_dir() {
        return Err(usage(format!(
            "`{}` is a folder\nhint: name the `.pt` or `.safetensors` file in it",
            path.display()
        )));
    }
    if !path.is_file() {
        return Err(usage(format!("`{}`: no such file", path.display())));
    }
    let file = Foreign::read(path)?;
    let mut hparams = match file.hparams {
        Some(told) => settings::hparams_over(told, &arguments.source, &[])?,
        None => settings::hparams(&arguments.source, &[], None)?,
    };
    let dimensions =
        Dimensions::infer(&file.tensors).with_context(|| format!("`{}`", path.display()))?;
    let report = ImportReport::compare(&dimensions.tensors(), &file.tensors);
    if !report.is_complete() {
        return Err(anyhow::anyhow!(
            "`{}` is no whole Tacotron 2: {report}",
            path.display()
        ));
    }
    let mut notes = file.notes;
    let found = symbols::table(&arguments, file.symbols, &mut hparams, dimensions.n_symbols)?;
    notes.extend(found.notes);
    let network = network(&hparams, &dimensions);
    hparams.adopt(&network);
    if !file.is_told {
        hparams.n_frames_per_step = dimensions.n_frames_per_step;
    }
    hparams.validate().map_err(usage)?;
    let parameters = write(&arguments.output, &file.tensors, &hparams, found.table)?;
    form.print(&Imported {
        checkpoint: arguments.output,
        format: file.format,
        iteration: file.iteration,
        parameters,
        symbols: dimensions.n_symbols,
        matched: report.matched,
        missing: report.missing.clone(),
        unexpected: report.unexpected.clone(),
        mis_shaped: report.mis_shaped.iter().map(Shapes::from).collect(),
        report,
        notes,
    })?;
    Ok(Ending::Done)
}

/// What a file gives to a voice.
struct Foreign {
    tensors: Vec<NamedTensor>,
    /// Whether the file says with what it was trained.
    is_told: bool,
    hparams: Option<Hparams>,
    symbols: Option<SymbolTable>,
    format: String,
    iteration: Option<u64>,
    notes: Vec<String>,
}

impl Foreign {
    fn read(path: &Path) -> anyhow::Result<Self> {
        let file = match Given::read(path)? {
            Given::Weights(file) => file,
            Given::Checkpoint(of) => {
                return Ok(Self {
                    is_told: true,
                    hparams: Some(of.state.speaking()),
                    symbols: (!symbols::is_unknown(&of.state.symbols)).then_some(of.state.symbols),
                    format: "diktor".to_owned(),
                    iteration: Some(of.state.step),
                    tensors: of.weights,
                    notes: vec!["a checkpoint of Diktor: its weights, symbols and hyper-parameters are taken".to_owned()],
                });
            }
        };
        let WeightMetadata {
            format,
            iteration,
            entries,
            notes,
            ..
        } = file.metadata;
        // Our own exports say what they were trained with.
        let told = |key: &str| entries.get(key).map(String::as_str);
        let hparams: Option<Hparams> =
            told("hparams").and_then(|text| serde_json::from_str(text).ok());
        Ok(Self {
            tensors: file.tensors,
            is_told: hparams.is_some(),
            symbols: told("symbols").and_then(|text| serde_json::from_str(text).ok()),
            hparams,
            format: format!("{format:?}").to_lowercase(),
            iteration,
            notes: notes.iter().map(ToString::to_string).collect(),
        })
    }
}

/// The network of these dimensions, with everything that tensors do not tell from `hparams`.
pub(crate) fn network(hparams: &Hparams, dimensions: &Dimensions) -> Tacotron2Config {
    let network = Tacotron2Config {
        use_mmi: dimensions.mmi_dim.is_some(),
        mmi_dim: dimensions.mmi_dim.unwrap_or(hparams.mmi_dim),
        use_gst: false,
        use_tps_gst: false,
        ..hparams.tacotron2(dimensions.n_symbols)
    };
    let network = match &dimensions.style {
        None => network,
        Some(style) => Tacotron2Config {
            use_gst: true,
            gst_mode: style.gst_mode,
            token_num: style.token_num,
            num_heads: style.num_heads,
            token_embedding_size: style.token_embedding_size,
            ref_enc_filters: style.ref_enc_filters.clone(),
            ref_enc_gru_size: style.ref_enc_gru_size,
            use_tps_gst: style.use_tps_gst,
            ..network
        },
    };
    Tacotron2Config {
        n_symbols: dimensions.n_symbols,
        symbols_embedding_dim: dimensions.symbols_embedding_dim,
        encoder_kernel_size: dimensions.encoder_kernel_size,
        encoder_n_convolutions: dimensions.encoder_n_convolutions,
        encoder_embedding_dim: dimensions.encoder_embedding_dim,
        n_mel_channels: dimensions.n_mel_channels,
        r_max: dimensions.n_frames_per_step,
        decoder_rnn_dim: dimensions.decoder_rnn_dim,
        prenet_dim: dimensions.prenet_dim,
        attention_rnn_dim: dimensions.attention_rnn_dim,
        attention_dim: dimensions.attention_dim,
        attention_location_n_filters: dimensions.attention_location_n_filters,
        attention_location_kernel_size: dimensions.attention_location_kernel_size,
        attention_type: match (dimensions.attention_type, hparams.attention_type) {
            // The same tensors, told apart by how they are used.
            (AttentionType::Location, AttentionType::Forward) => AttentionType::Forward,
            (found, _) => found,
        },
        postnet_embedding_dim: dimensions.postnet_embedding_dim,
        postnet_kernel_size: dimensions.postnet_kernel_size,
        postnet_n_convolutions: dimensions.postnet_n_convolutions,
        ..network
    }
}

/// Builds the network once, so that what is written is known to load; returns its parameters.
fn write(
    output: &Path,
    tensors: &[NamedTensor],
    hparams: &Hparams,
    symbols: SymbolTable,
) -> anyhow::Result<usize> {
    let device: Device = device::select("cpu")?;
    let model = hparams
        .tacotron2(symbols.len())
        .speaking()
        .init(&device, hparams.seed)
        .load_state(tensors)
        .context("the weights do not fit the network")?;
    let (parameters, mel) = (model.parameter_count(), hparams.mel());
    Checkpoint::of_weights(model.state(), hparams.clone(), symbols, mel).write(output)?;
    Ok(parameters)
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.report)?;
        self.notes
            .iter()
            .try_for_each(|note| writeln!(f, "note: {note}"))?;
        write!(
            f,
            "{}: {} parameters, {} symbols",
            self.checkpoint.display(),
            self.parameters,
            self.symbols
        )
    }
}
