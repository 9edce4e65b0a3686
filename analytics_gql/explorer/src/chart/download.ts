/** What is shown, as a file: SVG, PNG, CSV. Nothing leaves the browser. */

import { exactText } from "../shared/exact";
import type { Table } from "../shared/tables";

export interface Files {
  svg(): SVGSVGElement;
  background(): string;
}

/** RFC 4180, with every digit; a text that would be a formula is left as it is, as our exports do. */
export function csvOf(table: Table): string {
  const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = [
    table.columns.map(({ key }) => quoted(key)),
    ...table.rows.map((row) => table.columns.map(({ key }) => quoted(exactText(row[key])))),
  ];
  return lines.map((line) => line.join(",") + "\r\n").join("");
}

export function svgOf(files: Files): string {
  const svg = files.svg().cloneNode(true) as SVGSVGElement;
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  ground.setAttribute("width", "100%");
  ground.setAttribute("height", "100%");
  ground.setAttribute("fill", files.background());
  svg.prepend(ground);
  return new XMLSerializer().serializeToString(svg);
}

/** At twice the size, so that it is sharp on slides. */
export async function pngOf(files: Files): Promise<Blob> {
  const { width, height } = files.svg().getBoundingClientRect();
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgOf(files))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * 2);
  canvas.height = Math.round(height * 2);
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error("the browser made no PNG"))),
      "image/png",
    );
  });
}

export function save(name: string, content: Blob | string, type: string): void {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken hold of it once the click is handled.
  setTimeout(() => URL.revokeObjectURL(url), 1_000);
}
