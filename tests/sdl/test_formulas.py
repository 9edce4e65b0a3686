"""Formulas in words without a physical name, and what parts say of the whole."""

from __future__ import annotations

import pytest

from analytics_gql.model.dataset import Dataset
from analytics_gql.sdl.formulas import Additivity, additivity_of, formula_in_words
from tests.sdl.models import catalog_of, dataset_sdl


def dataset_with(sql: str, of_type: str) -> Dataset:
    fields = f"""
  shop: ID @dimension(sql: "shop_key")
  maker: String @dimension(sql: "product.maker_name")
  revenue: Decimal @metric(sql: "sum(net_amount)")
  cheapest: Decimal @metric(sql: "min(net_amount)")
  asked: {of_type} @metric(sql: "{sql}")"""
    return catalog_of(dataset_sdl(fields)).datasets[0]


@pytest.mark.parametrize(
    ("sql", "words", "additivity"),
    [
        ("count(*)", "number of rows", Additivity.ADDITIVE),
        ("count(traffic.*)", "number of rows of traffic", Additivity.ADDITIVE),
        ("sum(net_amount)", "sum of a column", Additivity.ADDITIVE),
        ("sum(net_amount * 2)", "sum of what columns give", Additivity.ADDITIVE),
        ("sum(traffic.seen)", "sum of a column of traffic", Additivity.ADDITIVE),
        (
            "count(distinct shop_key)",
            "number of different values of shop",
            Additivity.NOT_ADDITIVE,
        ),
        (
            "count(distinct product.maker_name)",
            "number of different values of maker",
            Additivity.NOT_ADDITIVE,
        ),
        (
            "count(*) filter (where status_code > 3)",
            "number of rows where a condition holds",
            Additivity.ADDITIVE,
        ),
        ("avg(net_amount)", "average of a column", Additivity.NOT_ADDITIVE),
        ("percentile(net_amount, 0.5)", "50th percentile of a column", Additivity.NOT_ADDITIVE),
        ("min(net_amount)", "smallest of a column", Additivity.SMALLEST),
        ("max(net_amount)", "largest of a column", Additivity.LARGEST),
        ("cheapest", "cheapest", Additivity.SMALLEST),
        ("revenue - 2 * revenue", "revenue - 2 * revenue", Additivity.ADDITIVE),
        ("revenue / 100", "revenue / 100", Additivity.ADDITIVE),
        ("-(coalesce(revenue, 0))", "-(COALESCE(revenue, 0))", Additivity.ADDITIVE),
        ("revenue + 1", "revenue + 1", Additivity.NOT_ADDITIVE),
        ("coalesce(revenue, 1)", "COALESCE(revenue, 1)", Additivity.NOT_ADDITIVE),
        ("revenue * revenue", "revenue * revenue", Additivity.NOT_ADDITIVE),
        ("revenue / count(*)", "revenue / (number of rows)", Additivity.NOT_ADDITIVE),
        ("revenue + cheapest", "revenue + cheapest", Additivity.NOT_ADDITIVE),
        ("round(revenue)", "ROUND(revenue)", Additivity.NOT_ADDITIVE),
        (
            "sum(net_amount) / nullif(sum(traffic.seen), 0)",
            "(sum of a column) / NULLIF((sum of a column of traffic), 0)",
            Additivity.NOT_ADDITIVE,
        ),
    ],
)
def test_a_formula_is_told_in_words(sql: str, words: str, additivity: Additivity) -> None:
    dataset = dataset_with(sql, "Float")
    metric = dataset.metric_named["asked"]
    assert formula_in_words(metric, dataset) == words
    assert additivity_of(metric) is additivity
