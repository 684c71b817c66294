//! What every measure says exactly, in both languages.

use diktor_audio::MCD_DEFINITION;

use crate::measure::Measure;

pub(crate) fn english(measure: Measure) -> &'static str {
    match measure {
        Measure::CharacterError => {
            "edits (substitutions, deletions, insertions) from the characters of the text to those that the \
             recogniser heard, spaces included, summed over the sentences, over the characters of all \
             texts; above 1 where far more is heard than was to be said"
        }
        Measure::WordError => "the same over words",
        Measure::MelCepstralDistortion => MCD_DEFINITION,
        Measure::MelError => {
            "absolute difference of the natural-log mels, mean over the bins and over the pairs of frames on \
             the path of the distortion, then over sentences"
        }
        Measure::LogF0Error => {
            "root of the mean squared difference of the natural logarithms of F0, over the pairs on the path \
             where both are voiced, of all sentences; F0 by pYIN from 60 to 600 Hz; 0.058 is a semitone"
        }
        Measure::VoicingError => {
            "pairs on the path of which one is voiced and the other not, over all pairs, of all sentences"
        }
        Measure::GrossPitchError => {
            "pairs where both are voiced and F0 differs by over 20 % of the recording's, over the pairs where \
             both are voiced, of all sentences"
        }
        Measure::VarianceRatio => {
            "variance over time of the log mel, summed over the bins, over the same of the recording; below 1 \
             speech is smoothed over; mean over sentences"
        }
        Measure::SpectralConvergence => {
            "Frobenius norm of the difference of the mel magnitudes (not their logarithms) on the path, over \
             that of the recording's; mean over sentences"
        }
        Measure::LengthRatio => "frames over the recording's frames; mean over sentences",
        Measure::RanToLimit => {
            "share of the sentences that had to be stopped: by the most steps, or as far too long for the text"
        }
        Measure::CutShort => {
            "share of the sentences that stopped by themselves while the last word had not been read"
        }
        Measure::SkippedWords => {
            "words that no decoder step rested on (for words of one or two letters: nor beside), over the \
             words of all texts"
        }
        Measure::RepeatedWords => {
            "words whose first half was returned to for two decoder steps or more, after the next word had \
             been reached, over the words of all texts"
        }
        Measure::RealTimeFactor => {
            "seconds of computing, Griffin-Lim included, over seconds of speech, of all sentences"
        }
    }
}

pub(crate) fn russian(measure: Measure) -> &'static str {
    match measure {
        Measure::CharacterError => {
            "правки (замены, пропуски, вставки) от символов текста к символам, которые услышал распознаватель, \
             с пробелами; сумма по предложениям, делённая на число символов во всех текстах; больше 1, если \
             услышано намного больше, чем надо было сказать"
        }
        Measure::WordError => "то же по словам",
        Measure::MelCepstralDistortion => {
            "среднее по пути DTW от (10 / ln 10) * sqrt(2 * сумма по k = 1..13 от (c_k - c'_k)^2), где \
             c_k = 1/M * сумма по m = 0..M-1 от x_m * cos(pi * k * (m + 1/2) / M), а x — натуральный логарифм \
             мел-спектра из M полос; путь идёт от первых кадров к последним шагами (1,1), (1,0), (0,1) равного \
             веса с наименьшей суммой"
        }
        Measure::MelError => {
            "модуль разности натуральных логарифмов мел-спектрограмм: среднее по полосам и парам кадров на пути \
             искажения, затем по предложениям"
        }
        Measure::LogF0Error => {
            "корень из среднего квадрата разности натуральных логарифмов F0 по парам кадров пути, где есть тон у \
             обоих, по всем предложениям; F0 — по pYIN от 60 до 600 Гц; полутон — это 0,058"
        }
        Measure::VoicingError => {
            "доля пар кадров пути, где у одного тон есть, а у другого нет, по всем предложениям"
        }
        Measure::GrossPitchError => {
            "доля пар с тоном у обоих, где F0 отличается от F0 записи больше чем на 20 %, по всем предложениям"
        }
        Measure::VarianceRatio => {
            "дисперсия логарифма мел-спектрограммы во времени, сумма по полосам, делённая на такую же у записи; \
             меньше 1 — речь сглажена; среднее по предложениям"
        }
        Measure::SpectralConvergence => {
            "норма Фробениуса разности амплитуд мел-спектрограмм (не логарифмов) на пути, делённая на норму \
             записи; среднее по предложениям"
        }
        Measure::LengthRatio => {
            "число кадров, делённое на число кадров записи; среднее по предложениям"
        }
        Measure::RanToLimit => {
            "доля предложений, которые пришлось остановить: по пределу шагов или как слишком длинные для текста"
        }
        Measure::CutShort => {
            "доля предложений, которые голос закончил сам, не дочитав последнее слово"
        }
        Measure::SkippedWords => {
            "слова, на которых не остановился ни один шаг декодера (для слов в одну-две буквы — и рядом), к числу \
             слов во всех текстах"
        }
        Measure::RepeatedWords => {
            "слова, к первой половине которых декодер вернулся хотя бы на два шага, уже дойдя до следующего слова, \
             к числу слов во всех текстах"
        }
        Measure::RealTimeFactor => {
            "секунды вычислений вместе с алгоритмом Гриффина — Лима на секунду речи, по всем предложениям"
        }
    }
}
