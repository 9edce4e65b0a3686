/** The axes of charts, and which of their names are told. */

import type { Column } from "../shared/boot";
import { bucketNames, formatShort } from "../shared/format";
import type { Theme } from "./theme";

const CHARACTER_WIDTH = 6.2;
const LEAST_STEP = 13;
/** What the labels at the left take, about. */
export const VALUES_WIDTH = 70;
export const NAMES_WIDTH = 110;

export function naming(column: Column, categories: string[]): (name: string) => string {
  return column.kind === "time" ? bucketNames(categories) : (name) => name;
}

function labels(theme: Theme): object {
  return { color: theme.quiet, fontFamily: theme.font, fontSize: 11, hideOverlap: true };
}

/** Names below the chart, `width` wide. */
export function categoryAxis(
  theme: Theme,
  data: string[],
  column: Column,
  width: number,
  fromEdge = false,
): object {
  return {
    ...namesAxis(theme, data),
    boundaryGap: !fromEdge,
    axisLabel: {
      ...labels(theme),
      formatter: naming(column, data),
      ...(column.kind === "time" ? {} : allNames(data, width)),
    },
  };
}

/** Each name is told where it can be: side by side, else aslant. Of times and of many some will do. */
function allNames(names: string[], width: number): object {
  const step = width / names.length;
  if (step < LEAST_STEP) return {};
  const longest = Math.max(...names.map((name) => name.length)) * CHARACTER_WIDTH;
  const all = { interval: 0, hideOverlap: false, overflow: "truncate" };
  return longest + 8 <= step ? { ...all, width: step } : { ...all, width: 92, rotate: 38 };
}

/** Names at the left, where they have room; of a time, a column of them is a column of buckets. */
export function lyingNames(theme: Theme, data: string[], column: Column): object {
  return {
    ...namesAxis(theme, data),
    axisLabel: { ...labels(theme), width: 130, overflow: "truncate", formatter: naming(column, data) },
  };
}

function namesAxis(theme: Theme, data: string[]): object {
  return {
    type: "category",
    data,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: theme.line } },
  };
}

export function valueAxis(theme: Theme, metric: Column): object {
  return {
    type: "value",
    splitNumber: 4,
    splitLine: { lineStyle: { color: theme.line, opacity: 0.6 } },
    axisLabel: { ...labels(theme), formatter: (value: number) => formatShort(value, metric) },
  };
}
