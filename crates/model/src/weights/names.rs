//! Names of tensors: everyone's → NVIDIA's.

/// NVIDIA's name of a tensor: without `DataParallel`'s `module.`, and with the part that torchaudio
/// leaves out.
///
/// torchaudio builds plain linear layers and convolutions where NVIDIA wraps them, so NVIDIA's
/// names carry `.linear_layer` or `.conv` before the field.
///
/// ```
/// use diktor_model::weights::nvidia_name;
///
/// assert_eq!(nvidia_name("module.embedding.weight"), "embedding.weight");
/// assert_eq!(nvidia_name("decoder.gate_layer.bias"), "decoder.gate_layer.linear_layer.bias");
/// assert_eq!(nvidia_name("postnet.convolutions.4.0.weight"), "postnet.convolutions.4.0.conv.weight");
/// assert_eq!(nvidia_name("postnet.convolutions.4.1.weight"), "postnet.convolutions.4.1.weight");
/// ```
pub fn nvidia_name(name: &str) -> String {
    // `DataParallel` inside `DistributedDataParallel` prefixes twice.
    let mut name = name;
    while let Some(rest) = name.strip_prefix("module.") {
        name = rest;
    }
    let parts: Vec<&str> = name.split('.').collect();
    let wrapper = match parts[..] {
        [
            "encoder" | "postnet",
            "convolutions",
            _,
            "0",
            "weight" | "bias",
        ]
        | [
            "decoder",
            "attention_layer",
            "location_layer",
            "location_conv",
            "weight",
        ] => "conv",
        ["decoder", "prenet", "layers", _, "weight"]
        | [
            "decoder",
            "attention_layer",
            "query_layer" | "memory_layer" | "v",
            "weight",
        ]
        | [
            "decoder",
            "attention_layer",
            "location_layer",
            "location_dense",
            "weight",
        ]
        | [
            "decoder",
            "linear_projection" | "gate_layer",
            "weight" | "bias",
        ] => "linear_layer",
        _ => return name.to_owned(),
    };
    match name.rsplit_once('.') {
        Some((layer, field)) => format!("{layer}.{wrapper}.{field}"),
        None => name.to_owned(),
    }
}

/// Whether a tensor is a batch norm's counter, which nothing of ours reads.
pub(super) fn is_counter(name: &str) -> bool {
    name.ends_with(".num_batches_tracked")
}
