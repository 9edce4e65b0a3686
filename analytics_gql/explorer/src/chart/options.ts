/** A plan and its table as what ECharts draws. Colours come from the page's own style. */

import type { EChartsCoreOption } from "echarts/core";

import type { ChartForm, Column } from "../shared/boot";
import { toNumber, type Value } from "../shared/exact";
import { formatShort, formatValue, label } from "../shared/format";
import type { Row, Table } from "../shared/tables";
import { categoryAxis, lyingNames, NAMES_WIDTH, naming, valueAxis, VALUES_WIDTH } from "./axes";
import {
  alongside,
  category,
  distinct,
  largest,
  MOST_BARS,
  MOST_CELLS,
  MOST_SERIES,
  type Roles,
  seriesName,
} from "./choose";
import type { Theme } from "./theme";

export interface Drawing {
  option: EChartsCoreOption;
  /** What is not drawn, in words; empty if all is. */
  note: string;
  /** What it shows, for those who hear it. */
  summary: string;
  /** The column whose values a click picks. */
  picks?: Column;
}

interface Asked {
  form: ChartForm;
  roles: Roles;
  metric: Column;
  table: Table;
  theme: Theme;
  /** Whether there is room for little but the marks. */
  isSmall?: boolean;
  /** How wide the chart is, in CSS pixels. */
  width: number;
  /** Values of the picked column that stand out; all do if there are none. */
  picked?: string[];
}

export function draw(asked: Asked): Drawing {
  const { form, roles } = asked;
  if (form === "heatmap") return heatMap(asked);
  if (form === "bar" && !roles.time) return bars(asked);
  return series(asked);
}

// --- over time, or grouped by a second dimension -------------------------------------------------

function series(asked: Asked): Drawing {
  const { form, roles, metric, table, theme, width } = asked;
  const axis = roles.time ?? roles.dimensions[0]!;
  const others = roles.time ? roles.dimensions : roles.dimensions.slice(1);
  const { rows } = table;
  const named = others.length
    ? byDimension(rows, others, metric)
    : {
        kept: alongside(metric, roles.metrics, rows).map((column) => ({ name: label(column.key), column, rows })),
        left: 0,
      };
  let categories = distinct(rows, axis);
  if (roles.time) categories.sort();
  else {
    const sums = sumsBy(rows, (row) => category(row, axis), metric);
    categories = largest(categories, (name) => sums.get(name) ?? 0, MOST_BARS).kept;
  }
  const isLine = form === "line";
  const isStacked = form === "stacked";
  const drawn = named.kept.map(({ name, column, rows: own }, index) => {
    const values = new Map(own.map((row) => [category(row, axis), toNumber(row[column.key])]));
    const isLast = isStacked && index === named.kept.length - 1;
    return {
      name,
      type: isLine ? "line" : "bar",
      data: categories.map((at) => values.get(at) ?? null),
      stack: isStacked ? "all" : undefined,
      showSymbol: categories.length <= 2,
      symbolSize: 6,
      smooth: false,
      lineStyle: { width: 2 },
      barMaxWidth: isStacked ? 36 : 24,
      barGap: "12%",
      itemStyle: isLine ? undefined : { borderRadius: isStacked && !isLast ? 0 : [3, 3, 0, 0] },
      areaStyle: isLine && named.kept.length === 1 ? { opacity: 0.1 } : undefined,
      emphasis: { focus: named.kept.length > 1 ? "series" : "none" },
      blur: { lineStyle: { opacity: 0.25 }, itemStyle: { opacity: 0.25 } },
    };
  });
  const formatOf = new Map(named.kept.map(({ name, column }) => [name, column]));
  const hasLegend = drawn.length > 1;
  const option: EChartsCoreOption = {
    ...frame(theme, hasLegend),
    tooltip: tooltip(theme, "axis", (points) => [
      points[0] ? naming(axis, categories)(points[0].name) : "",
      ...points
        .filter((point) => point.value !== null && point.value !== undefined)
        .sort((one, other) => (isStacked ? 0 : Number(other.value) - Number(one.value)))
        .map((point) => ({
          colour: point.color,
          name: point.seriesName,
          value: formatValue(point.value as Value, formatOf.get(point.seriesName) ?? metric),
        })),
    ]),
    xAxis: categoryAxis(theme, categories, axis, width - VALUES_WIDTH, isLine),
    yAxis: valueAxis(theme, metric),
    series: drawn,
  };
  const by = others.map((column) => label(column.key).toLowerCase()).join(" and ");
  return {
    option,
    note: named.left ? `The ${MOST_SERIES} largest of ${named.left + MOST_SERIES} series` : "",
    summary:
      `${words(form)} of ${label(metric.key).toLowerCase()} by ${label(axis.key).toLowerCase()}` +
      `${by && ` and ${by}`}, ${categories.length} points`,
    picks: others.length === 1 ? others[0] : roles.time ? undefined : axis,
  };
}

interface Named {
  name: string;
  column: Column;
  rows: Row[];
}

function byDimension(rows: Row[], others: Column[], metric: Column): { kept: Named[]; left: number } {
  const groups = Map.groupBy(rows, (row) => seriesName(row, others));
  const sums = sumsBy(rows, (row) => seriesName(row, others), metric);
  const { kept, left } = largest([...groups.keys()], (name) => sums.get(name) ?? 0, MOST_SERIES);
  return { kept: kept.map((name) => ({ name, column: metric, rows: groups.get(name)! })), left };
}

function sumsBy(rows: Row[], key: (row: Row) => string, metric: Column): Map<string, number> {
  const sums = new Map<string, number>();
  for (const row of rows) {
    const size = Math.abs(toNumber(row[metric.key]) ?? 0);
    sums.set(key(row), (sums.get(key(row)) ?? 0) + size);
  }
  return sums;
}

// --- bars by one dimension -----------------------------------------------------------------------

function bars({ roles, metric, table, theme, picked }: Asked): Drawing {
  const axis = roles.dimensions[0]!;
  const values = new Map(table.rows.map((row) => [category(row, axis), toNumber(row[metric.key])]));
  const size = (name: string) => values.get(name) ?? -Infinity;
  const { kept, left } = largest([...values.keys()], size, MOST_BARS);
  // Lying bars have room for names of any length; the first is on top.
  const names = [...kept].reverse();
  const stands = (name: string) => !picked?.length || picked.includes(name);
  return {
    option: {
      ...frame(theme, false),
      tooltip: tooltip(theme, "item", (points) =>
        points.map((point) => ({
          colour: point.color,
          name: point.name,
          value: formatValue(point.value as Value, metric),
        })),
      ),
      xAxis: { ...valueAxis(theme, metric), splitNumber: 4 },
      yAxis: lyingNames(theme, names, axis),
      series: [
        {
          type: "bar",
          name: label(metric.key),
          data: names.map((name) => ({
            value: values.get(name),
            itemStyle: { opacity: stands(name) ? 1 : 0.3 },
          })),
          barMaxWidth: 22,
          barCategoryGap: "28%",
          itemStyle: { color: theme.series[0], borderRadius: [0, 3, 3, 0] },
        },
      ],
    },
    note: left ? `The ${MOST_BARS} largest of ${left + MOST_BARS}` : "",
    summary: `Bars of ${label(metric.key).toLowerCase()} by ${label(axis.key).toLowerCase()}, ${kept.length} bars`,
    picks: axis,
  };
}

// --- a map of two dimensions ---------------------------------------------------------------------

function heatMap({ roles, metric, table, theme, isSmall, width }: Asked): Drawing {
  const columns = roles.time ? [roles.time, ...roles.dimensions] : roles.dimensions;
  const [across, down] = columns as [Column, Column];
  const { rows } = table;
  const sums = (column: Column) => sumsBy(rows, (row) => category(row, column), metric);
  const names = (column: Column) => {
    const all = distinct(rows, column);
    if (column.kind === "time") return { kept: all.sort().slice(-366), left: 0 };
    const by = sums(column);
    return largest(all, (name) => by.get(name) ?? 0, MOST_CELLS);
  };
  const x = names(across);
  const y = names(down);
  const downwards = [...y.kept].reverse();
  const xs = new Map(x.kept.map((name, index) => [name, index]));
  const ys = new Map(downwards.map((name, index) => [name, index]));
  // With further dimensions a cell would be several rows; the largest stands for them, and it is said.
  const cells = new Map<string, [number, number, number]>();
  for (const row of rows) {
    const at: [number?, number?] = [xs.get(category(row, across)), ys.get(category(row, down))];
    const value = toNumber(row[metric.key]);
    if (at[0] === undefined || at[1] === undefined || value === null) continue;
    const key = `${at[0]} ${at[1]}`;
    const before = cells.get(key);
    if (!before || before[2] < value) cells.set(key, [at[0], at[1], value]);
  }
  const data = [...cells.values()];
  const values = data.map(([, , value]) => value);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const isRoomy = x.kept.length <= (isSmall ? 4 : 12) && downwards.length <= (isSmall ? 8 : 14);
  const left = x.left + y.left;
  return {
    option: {
      ...frame(theme, false),
      grid: { left: 8, right: 12, top: 8, bottom: 52, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      tooltip: tooltip(theme, "item", (points) =>
        points.flatMap((point) => {
          const [column, line, value] = point.value as [number, number, number];
          return [
            `${naming(across, x.kept)(x.kept[column] ?? "")} · ${downwards[line]}`,
            { colour: point.color, name: label(metric.key), value: formatValue(value, metric) },
          ];
        }),
      ),
      xAxis: { ...categoryAxis(theme, x.kept, across, width - NAMES_WIDTH), splitLine: { show: false } },
      yAxis: { ...lyingNames(theme, downwards, down), splitLine: { show: false } },
      visualMap: {
        min: least,
        max: most === least ? least + 1 : most,
        orient: "horizontal",
        left: "center",
        bottom: 0,
        itemWidth: 10,
        itemHeight: 140,
        calculable: false,
        inRange: { color: [theme.low, theme.high] },
        text: [formatShort(most, metric), formatShort(least, metric)],
        textStyle: { color: theme.quiet, fontFamily: theme.font, fontSize: 11 },
      },
      series: [
        {
          type: "heatmap",
          data,
          label: {
            show: isRoomy,
            formatter: ({ value }: { value: [number, number, number] }) => formatShort(value[2], metric),
            fontFamily: theme.font,
            fontSize: 11,
          },
          itemStyle: { borderColor: theme.surface, borderWidth: 2, borderRadius: 3 },
          emphasis: { itemStyle: { borderColor: theme.text, borderWidth: 1 } },
        },
      ],
    },
    note:
      columns.length > 2
        ? "Each cell is the largest of several rows: leave a dimension out"
        : left
          ? `The largest only; ${left} more are in the table`
          : "",
    summary: `Heat map of ${label(metric.key).toLowerCase()} by ${label(across.key).toLowerCase()} and ${label(down.key).toLowerCase()}`,
    picks: down,
  };
}

// --- what all have -------------------------------------------------------------------------------

function words(form: ChartForm): string {
  return { line: "Lines", bar: "Bars", stacked: "Stacked bars", grouped: "Grouped bars" }[form as "line"] ?? "Chart";
}

function frame(theme: Theme, hasLegend: boolean): EChartsCoreOption {
  return {
    color: theme.series,
    animationDuration: 250,
    animationDurationUpdate: 250,
    textStyle: { fontFamily: theme.font, color: theme.text },
    grid: { left: 8, right: 16, top: hasLegend ? 34 : 12, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    legend: {
      show: hasLegend,
      type: "scroll",
      top: 0,
      left: 0,
      icon: "roundRect",
      itemWidth: 10,
      itemHeight: 10,
      itemGap: 14,
      textStyle: { color: theme.text, fontFamily: theme.font, fontSize: 12 },
      pageTextStyle: { color: theme.quiet },
      pageIconColor: theme.quiet,
      pageIconInactiveColor: theme.line,
    },
  };
}

interface Point {
  name: string;
  seriesName: string;
  value: unknown;
  color: string;
}
type Line = string | { colour: string; name: string; value: string };

/** Elements, and not HTML in a text: the pages' policy lets no text bring its own style. */
function tooltip(theme: Theme, trigger: "axis" | "item", lines: (points: Point[]) => Line[]): object {
  return {
    trigger,
    confine: true,
    backgroundColor: theme.surface,
    borderColor: theme.line,
    borderWidth: 1,
    padding: 10,
    textStyle: { color: theme.text, fontFamily: theme.font, fontSize: 12 },
    axisPointer: { type: "line", lineStyle: { color: theme.quiet, type: "solid", width: 1 } },
    formatter: (found: Point | Point[]) =>
      lines(Array.isArray(found) ? found : [found]).map(tooltipLine),
  };
}

function tooltipLine(line: Line): HTMLElement {
  const element = document.createElement("div");
  if (typeof line === "string") {
    element.className = "tip-title";
    element.textContent = line;
    return element;
  }
  element.className = "tip-line";
  const mark = document.createElement("span");
  mark.className = "tip-mark";
  mark.style.background = line.colour;
  const name = document.createElement("span");
  name.textContent = line.name;
  const value = document.createElement("strong");
  value.textContent = line.value;
  element.append(mark, name, value);
  return element;
}
