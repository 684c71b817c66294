//! Pictures are decoded again and looked at where it matters.

use super::*;

/// Red, green and blue of every pixel.
fn decode(picture: &Png) -> Vec<[u8; 3]> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(&picture.bytes));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width, info.height), (picture.width, picture.height));
    assert_eq!(info.color_type, png::ColorType::Rgb);
    pixels
        .chunks_exact(3)
        .map(|pixel| [pixel[0], pixel[1], pixel[2]])
        .collect()
}

/// Colour at a share of the width and height of the cells of a picture without title, from the lower left.
fn colour_at(picture: &Png, right: f32, up: f32) -> [u8; 3] {
    let height = picture.height as usize - 24 - BOTTOM;
    let x = LEFT + (right * PLOT_WIDTH as f32) as usize;
    let y = 24 + height - 1 - (up * height as f32) as usize;
    decode(picture)[y * picture.width as usize + x]
}

const DARKEST: [u8; 3] = [0x44, 0x01, 0x54];
const BRIGHTEST: [u8; 3] = [0xfd, 0xe7, 0x25];

#[test]
fn the_origin_is_the_lower_left_corner() {
    let picture = heatmap(2, 2, &[0.0, 1.0, 2.0, 3.0], &HeatmapStyle::default());
    assert_eq!(colour_at(&picture, 0.25, 0.25), DARKEST);
    assert_eq!(colour_at(&picture, 0.75, 0.75), BRIGHTEST);
}

#[test]
fn an_alignment_shows_decoder_steps_to_the_right_and_symbols_upwards() {
    // Three steps over two symbols; only the last step looks at the second symbol.
    let picture = alignment(
        3,
        2,
        &[1.0, 0.0, 1.0, 0.0, 0.0, 1.0],
        &[],
        Caption::default(),
    );
    assert_eq!(colour_at(&picture, 0.1, 0.25), BRIGHTEST);
    assert_eq!(colour_at(&picture, 0.9, 0.25), DARKEST);
    assert_eq!(colour_at(&picture, 0.9, 0.75), BRIGHTEST);
}

#[test]
fn what_is_not_a_number_is_seen() {
    let picture = heatmap(1, 2, &[1.0, f32::NAN], &HeatmapStyle::default());
    assert_eq!(colour_at(&picture, 0.75, 0.5), [0xe0, 0x4f, 0x5f]);
}

#[test]
fn a_thin_line_survives_when_there_are_more_cells_than_pixels() {
    let mut values = vec![0.0; 5000];
    values[2500] = 1.0;
    let picture = heatmap(1, 5000, &values, &HeatmapStyle::default());
    assert!(
        decode(&picture)
            .iter()
            .filter(|pixel| **pixel == BRIGHTEST)
            .count()
            > 400
    );
}

#[test]
fn any_matrix_makes_a_picture() {
    for (rows, cols, values) in [
        (0, 0, &[][..]),
        (0, 5, &[]),
        (1, 1, &[3.0]),
        (2, 2, &[1.0]),
        (1, 3, &[f32::NAN; 3]),
        (1, 2, &[f32::INFINITY, f32::NEG_INFINITY]),
        (1, 2, &[f32::MIN, f32::MAX]),
    ] {
        decode(&heatmap(rows, cols, values, &HeatmapStyle::default()));
        let caption = Caption {
            title: "Ω",
            text: "текст",
            locale: ReportLocale::Ru,
        };
        decode(&alignment(cols, rows, values, &[], caption));
    }
    decode(&mels(&[], Caption::default()));
    let panel = |values, bins| MelPanel {
        title: "recorded",
        values,
        bins,
    };
    decode(&mels(
        &[panel(&[], 80), panel(&[0.0; 160], 80), panel(&[1.0], 0)],
        Caption::default(),
    ));
}

#[test]
fn a_long_heading_takes_two_lines_and_is_cut_only_there() {
    let room = 400.0;
    assert_eq!(canvas::wrapped("", TITLE_SIZE, room), Vec::<String>::new());
    assert_eq!(canvas::wrapped("en-371", TITLE_SIZE, room), ["en-371"]);
    let two = canvas::wrapped(
        "a recording, spoken freely, after 1500 steps",
        TITLE_SIZE,
        room,
    );
    assert_eq!(
        two.join(" "),
        "a recording, spoken freely, after 1500 steps"
    );
    assert_eq!(two.len(), 2);
    let cut = canvas::wrapped(&"word ".repeat(60), TITLE_SIZE, room);
    assert!(cut.len() == 2 && cut[1].ends_with('…'), "{cut:?}");
    let long = canvas::wrapped(&"w".repeat(200), TITLE_SIZE, room);
    assert!(long.len() == 1 && long[0].ends_with('…'), "{long:?}");
}
