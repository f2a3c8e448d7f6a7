"""Overview: what a data set consists of, counted, averaged and measured."""

import streamlit as st

from mnist_core.data import Digits, Statistics, statistics
from mnist_core.data.statistics import mean_as_bytes, variance_as_bytes
from pages.shared import source_picker, statistics_charts, statistics_words
from pages.shared.digit_strip import Labelled, digit_strip
from pages.shared.plot import plot


@st.cache_resource(max_entries=2, show_spinner="Counting the pictures ...")
def statistics_of(name: str, split_hash: str, _digits: Digits) -> Statistics:
    """What is known about a data set, computed once for all sessions."""
    return statistics(_digits)


st.title("Overview", anchor=False)
digits = source_picker.pick()
found = statistics_of(digits.source.name, digits.split_hash, digits)
source, totals = digits.source, found.class_totals

st.header("How many of each class", anchor=False)
st.markdown(statistics_words.balance(source, totals))
alt = (
    f"Bars: between {totals.min():,} and {totals.max():,} pictures in each class, divided into training, validation and "
    "test."
)
plot(statistics_charts.class_balance(found.class_counts, source.classes), "balance", alt=alt, height=300)

st.header("Where the magic numbers come from", anchor=False)
words, chart = st.columns(2, gap="large")
words.markdown(
    f"Computed here, from the {found.pixels:,} pixels of the training file (0 is paper, 1 full ink):\n\n"
    "| | computed here | published |\n|---|---|---|\n"
    f"| mean | {found.mean:.6f} | {source.mean:.4f} |\n"
    f"| standard deviation | {found.std:.6f} | {source.std:.4f} |\n\n"
    "By default, the published mean is subtracted from every pixel before a network sees it, and the result is divided by "
    "the published standard deviation. The numbers then lie around 0 with a spread of 1, which steadies training."
)
if remark := statistics_words.whose_numbers(source):
    words.caption(remark)
with chart:
    alt = "Bars: how many pixels have each value from 0 to 255, on a logarithmic axis."
    plot(statistics_charts.pixel_values(found.histogram), "pixel values", alt=alt, height=300)
    st.caption("Each step up the axis is ten times as many pixels.")

st.header("What the classes look like", anchor=False)
for kind, sentence, pictures in (
    ("average", "sharp where the pictures of a class agree.", mean_as_bytes(found.mean_pictures)),
    ("variance", "black where they agree, bright where they differ.", variance_as_bytes(found.variance_pictures)),
):
    st.markdown(f"The {kind} of each pixel: {sentence}")
    digit_strip(
        [Labelled(image, each, f"{kind} of {each}") for image, each in zip(pictures, source.classes, strict=True)]
    )

st.header("How much ink, how thick the strokes", anchor=False)
st.markdown(
    "The box holds the middle half of a class, with a line at the median; the whiskers hold 98 of 100 pictures."
)
left, right = st.columns(2)
with left:
    figure = statistics_charts.spread_by_class(found.ink, source.classes, quantity="ink in %", scale=100)
    plot(figure, "ink", alt="Boxes: how the amount of ink is spread in each class.")
with right:
    figure = statistics_charts.spread_by_class(found.stroke_width, source.classes, quantity="stroke width in pixels")
    plot(figure, "stroke width", alt="Boxes: how the stroke width in pixels is spread in each class.")
st.caption(
    "Ink is the mean of a picture's pixels. Stroke width is estimated from how far the ink reaches across and down at each "
    "of its pixels; a shape without strokes gets a number near its breadth. Both are of the training file."
)

st.header("Pictures that occur twice", anchor=False)
st.markdown(statistics_words.repetition(found.duplicates))
