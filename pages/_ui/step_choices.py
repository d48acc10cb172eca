"""What can be chosen of the preparing steps, in a newcomer's words: an entry per kind of column, and the table."""

from core.recipe import Recipe
from pages._ui.step_inputs import Choice, Country, Number, Several, Share, StepInput, Switch

TABLE = "table"
"""The entry about all prepared columns together."""

ENCODINGS = {
    "onehot": "One column a level",
    "ordinal": "One column of codes",
    "target": "Mean of the target",
    "hash": "Hashed to a few columns",
}
"""How a category can be encoded."""

AS_OTHERS = "–"
"""Instead of an encoding of a column's own; an empty cell would be one without a choice."""


def _hashes(recipe: Recipe) -> bool:
    encodings = {recipe.columns[name].encode for name in recipe.features}
    return "hash" in encodings | {recipe.preparing.category.encode}


def _keeps_a_share(recipe: Recipe) -> bool:
    return recipe.preparing.table.select in ("univariate", "model", "recursive")


def _reduces(recipe: Recipe) -> bool:
    return recipe.preparing.table.reduce != "none"


NUMBER_INPUTS: tuple[StepInput, ...] = (
    Choice(
        "impute",
        "Missing values",
        {
            "auto": "Automatic",
            "median": "Median",
            "mean": "Mean",
            "zero": "Zero",
            "iterative": "Predicted from the other numbers",
            "knn": "Mean of the five most similar rows",
        },
        help="Automatic leaves them to the models that handle them, and gives the others the median. "
        "The last two are slower and worth a try when much is missing.",
    ),
    Choice(
        "scale",
        "Scaling",
        {
            "auto": "Automatic",
            "standard": "Standard (mean 0, deviation 1)",
            "robust": "Robust (median and quartiles)",
            "minmax": "From 0 to 1",
            "none": "None",
        },
        help="Automatic scales for the models that need it: linear ones, support vectors, neighbours, networks.",
    ),
    Switch(
        "indicator",
        "Mark missing values",
        help="Adds a column that says where a value was missing.",
        is_usual=False,
    ),
    Switch(
        "clip",
        "Bring outliers back",
        help="Values far outside the usual range are moved to its border, so that a few of them do not "
        "decide everything.",
        is_usual=False,
    ),
    Choice(
        "transform",
        "Shape",
        {
            "none": "As it is",
            "power": "More like a bell (power)",
            "quantile": "Exactly like a bell (quantiles)",
        },
        help="Helps linear models and networks with lopsided numbers, such as incomes. Trees do not care.",
        is_usual=False,
    ),
    Choice(
        "expand",
        "Several columns of each",
        {
            "none": "No",
            "bins": "Five ranges (bins)",
            "splines": "Smooth pieces (splines)",
        },
        help="With them a linear model can follow a curve: a price that rises and then falls with age.",
        is_usual=False,
    ),
)

CATEGORY_INPUTS: tuple[StepInput, ...] = (
    Choice(
        "impute",
        "Missing values",
        {"level": "A level of their own", "most_frequent": "Most frequent level"},
    ),
    Choice(
        "encode",
        "Encoding",
        {"auto": "Automatic", **ENCODINGS},
        help="Automatic gives trees codes, and one column a level to all other models. The mean of the "
        "target, taken from other rows, suits many levels; hashing suits very many. One column can "
        "differ from the others: see its Encoding in the table of columns.",
    ),
    Number(
        "min_count",
        "Merge levels rarer than",
        1,
        1000,
        help="Rows. Rarer levels become one.",
        is_usual=False,
    ),
    Number(
        "max_levels",
        "Most levels kept",
        2,
        250,
        help="Less frequent levels become one.",
        is_usual=False,
    ),
    Number(
        "hash_columns",
        "Columns to hash to",
        2,
        1024,
        help="The levels of a column are spread over so many. With more of them, fewer levels share one.",
        is_usual=False,
        has_use=_hashes,
    ),
)

BOOLEAN_INPUTS: tuple[StepInput, ...] = (
    Choice(
        "impute",
        "Missing values",
        {"most_frequent": "Most frequent value", "false": "False"},
    ),
)

DATE_INPUTS: tuple[StepInput, ...] = (
    Several(
        "parts",
        "What a date becomes",
        {
            "elapsed": "Time elapsed",
            "year": "Time of the year",
            "week": "Time of the week",
            "day": "Time of the day",
            "month": "Month 1–12",
            "weekday": "Weekday 0–6",
            "day_of_month": "Day 1–31",
            "hour": "Hour 0–23",
            "weekend": "Weekend",
        },
        help="The times of the year, the week and the day are smooth cycles: December lies beside "
        "January. Trees get each as one number, which they cut anywhere. The others are plain numbers.",
    ),
    Country(
        "holidays",
        "Public holidays",
        help="Adds a column that says whether the day is a national holiday there.",
    ),
)

TEXT_INPUTS: tuple[StepInput, ...] = (
    Switch(
        "words",
        "Words and pairs of words",
        help="Each counts by how telling it is: often here, seldom elsewhere (TF-IDF).",
    ),
    Switch(
        "characters",
        "Pieces of 2 to 4 characters",
        help="They forgive misspellings, and need no spaces between words: right for Chinese.",
    ),
    Number(
        "min_count",
        "Leave out what is in fewer rows than",
        1,
        1000,
        help="Rare words and pieces tell little of new rows.",
        is_usual=False,
    ),
    Number(
        "max_terms",
        "Most words, and most pieces",
        10,
        1_000_000,
        help="The most common are kept.",
        is_usual=False,
    ),
    Number(
        "components",
        "Reduced to columns",
        2,
        1000,
        help="For models that cannot take thousands of columns: all but the linear ones.",
        is_usual=False,
    ),
)

TABLE_INPUTS: tuple[StepInput, ...] = (
    Switch(
        "interactions",
        "Products of pairs",
        help="Adds the product of each two columns, with which a linear model sees what matters only "
        "together. Many columns become very many.",
    ),
    Choice(
        "select",
        "Choose columns",
        {
            "none": "Keep all",
            "variance": "Leave out what never varies",
            "univariate": "Most telling by themselves (F test)",
            "model": "Most used by a forest",
            "recursive": "Leave out the weakest, again and again",
        },
        help="Fewer columns are quicker, and noise among them misleads less. The last one is the most "
        "careful and the slowest.",
    ),
    Share("keep", "Share of columns kept", has_use=_keeps_a_share),
    Choice(
        "reduce",
        "Combine columns",
        {"none": "No", "pca": "Principal components (PCA)"},
        help="Replaces columns that vary together by fewer new ones. What a model learned can then no "
        "longer be read column by column.",
    ),
    Share(
        "variance",
        "Share of the variation kept",
        99,
        help="The more is kept, the more columns remain.",
        has_use=_reduces,
    ),
)

INPUTS: dict[str, tuple[StepInput, ...]] = {
    "number": NUMBER_INPUTS,
    "category": CATEGORY_INPUTS,
    "boolean": BOOLEAN_INPUTS,
    "date": DATE_INPUTS,
    "text": TEXT_INPUTS,
    TABLE: TABLE_INPUTS,
}
"""By the field of `Preparing`: the base of a column's kind, or the table."""
