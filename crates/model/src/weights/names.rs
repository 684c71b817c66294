//! Names of tensors: everyone's → NVIDIA's.

/// Segments that a wrapper around a module puts into the names of what is inside: `DataParallel`, at any depth, and
/// `torch.compile`.
const TRANSPARENT: [&str; 2] = ["module", "_orig_mod"];
/// What people call the attribute that holds the network, in a Lightning module or a trainer.
const HOLDERS: [&str; 8] = [
    "model",
    "net",
    "network",
    "tacotron",
    "tacotron2",
    "generator",
    "state_dict",
    "model_state_dict",
];
/// A tensor that every Tacotron 2 has, by which the network is found among other names.
const ANCHOR: &str = "embedding.weight";

/// NVIDIA's name of a tensor: without `DataParallel`'s `module.` and `torch.compile`'s `_orig_mod.`, and with the part
/// that torchaudio leaves out.
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
    let name = bare(name);
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
        _ => return name,
    };
    match name.rsplit_once('.') {
        Some((layer, field)) => format!("{layer}.{wrapper}.{field}"),
        None => name,
    }
}

/// A name without the segments that stand for nothing.
pub(super) fn bare(name: &str) -> String {
    let segments = name.split('.').filter(|part| !TRANSPARENT.contains(part));
    segments.collect::<Vec<_>>().join(".")
}

/// What stands before the names of the network's tensors and is none of theirs: `model.`, `net.tacotron2.`, or
/// nothing. Names are [`bare`]; some may belong to something else.
pub(super) fn prefix(names: &[String]) -> String {
    let has = |prefix: &str, part: &str| names.iter().any(|name| is_under(name, prefix, part));
    let anchored = names.iter().filter_map(|name| name.strip_suffix(ANCHOR));
    let mut anchored: Vec<&str> = anchored
        .filter(|prefix| prefix.is_empty() || prefix.ends_with('.'))
        .filter(|prefix| has(prefix, "encoder.") && has(prefix, "decoder."))
        .collect();
    // Of two networks, such as a model and its moving average, the one with the plainer name.
    anchored.sort_by_key(|prefix| (!is_held(prefix), prefix.len()));
    match anchored.first() {
        Some(prefix) => (*prefix).to_owned(),
        None => common(names),
    }
}

/// Whether every segment of a prefix is a holder.
fn is_held(prefix: &str) -> bool {
    let mut segments = prefix.split_terminator('.');
    segments.all(|part| HOLDERS.contains(&part))
}

fn is_under(name: &str, prefix: &str, part: &str) -> bool {
    name.strip_prefix(prefix)
        .is_some_and(|rest| rest.starts_with(part))
}

/// The holders that all names begin with, for a part of a network.
fn common(names: &[String]) -> String {
    let mut prefix = String::new();
    let Some(first) = names.first() else {
        return prefix;
    };
    for part in first.split('.') {
        let longer = format!("{prefix}{part}.");
        if !HOLDERS.contains(&part) || !names.iter().all(|name| name.starts_with(&longer)) {
            break;
        }
        prefix = longer;
    }
    prefix
}

/// Whether a tensor is a batch norm's counter, which nothing of ours reads.
pub(super) fn is_counter(name: &str) -> bool {
    name.ends_with(".num_batches_tracked")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[&str], expected: &str) {
        let names: Vec<String> = names.iter().map(|name| bare(name)).collect();
        assert_eq!(prefix(&names), expected, "{names:?}");
    }

    #[test]
    fn a_prefix_is_found_by_the_network_behind_it() {
        let network = ["embedding.weight", "encoder.a", "decoder.b"];
        for (prefix, expected) in [
            ("", ""),
            ("model.", "model."),
            ("module.model.", "model."),
            ("model._orig_mod.module.", "model."),
            ("_orig_mod.module.net.tacotron2.", "net.tacotron2."),
            ("synthesizer.", "synthesizer."),
        ] {
            let mut names: Vec<String> = network.iter().map(|n| format!("{prefix}{n}")).collect();
            check(
                &names.iter().map(String::as_str).collect::<Vec<_>>(),
                expected,
            );
            names.push("loss.weight".to_owned());
            names.push("vocoder.embedding.weight".to_owned());
            check(
                &names.iter().map(String::as_str).collect::<Vec<_>>(),
                expected,
            );
        }
    }

    #[test]
    fn of_two_networks_the_plainer_name_is_taken() {
        let both = ["ema.", "model."].map(|prefix| {
            ["embedding.weight", "encoder.a", "decoder.b"].map(|name| format!("{prefix}{name}"))
        });
        let names: Vec<&str> = both.iter().flatten().map(String::as_str).collect();
        check(&names, "model.");
    }

    #[test]
    fn a_part_of_a_network_loses_what_all_its_names_share() {
        check(
            &["model.net.gate.weight", "model.net.v.weight"],
            "model.net.",
        );
        check(&["model.gate.weight", "gate.weight"], "");
        check(&["encoder.a", "encoder.b"], "");
        check(&[], "");
    }

    #[test]
    fn wrappers_inside_of_a_name_are_seen_through() {
        assert_eq!(
            bare("encoder._orig_mod.lstm.weight_hh_l0"),
            "encoder.lstm.weight_hh_l0"
        );
        assert_eq!(bare("decoder.module.v"), "decoder.v");
    }
}
