import "../style/base.css";
import "../style/results.css";
import "../style/home.css";

import { lazy, Suspense, useEffect, useMemo, useState } from "react";

import { choose } from "../chart/choose";
import { type GraphQLProblem, post, type Reply, WITH_COLUMNS } from "../shared/ask";
import { boot } from "../shared/boot";
import { type Catalog, type Dataset, useCatalog } from "../shared/catalog";
import { describing } from "../shared/describe";
import { formatTime } from "../shared/format";
import { Header } from "../shared/Header";
import { useApiKey } from "../shared/key";
import { start } from "../shared/page";
import { Problems } from "../shared/Problems";
import { tablesOf } from "../shared/tables";
import { type Example, examplesOf } from "./examples";

const Chart = lazy(() => import("../chart/Chart").then(({ Chart }) => ({ default: Chart })));
const served = boot();

function HomePage() {
  const { catalog, problems } = useCatalog();
  const isClosed = problems.some(({ extensions }) => extensions?.code === "DOCUMENT_NOT_REGISTERED");
  const examples = useMemo(() => (catalog ? examplesOf(catalog) : []), [catalog]);
  return (
    <>
      <Header current="Home" dashboards={served.dashboards} />
      <main className="home">
        <section className="hero">
          <h1>Ask your data anything</h1>
          <p>
            Any metric by any dimension, over any time: in the explorer by clicking, from your tools with GraphQL.
          </p>
          <p className="hero-links">
            <a className="button primary" href="explorer">
              Open the explorer
            </a>
            {served.dashboards[0] && (
              <a className="button" href={`dashboards/${served.dashboards[0].name}`}>
                See the {served.dashboards[0].title.toLowerCase()} dashboard
              </a>
            )}
          </p>
        </section>
        {isClosed ? (
          <p className="note">This server answers registered documents alone, as dashboards ask them.</p>
        ) : (
          problems.length > 0 && <Problems problems={problems} />
        )}
        {served.dashboards.length > 0 && (
          <section aria-labelledby="dashboards">
            <h2 id="dashboards">Dashboards</h2>
            <div className="cards">
              {served.dashboards.map(({ name, title, description }) => (
                <a key={name} className="card link" href={`dashboards/${name}`}>
                  <h3>{title}</h3>
                  {description && <p>{description}</p>}
                </a>
              ))}
            </div>
          </section>
        )}
        {problems.length === 0 && (
          <section aria-labelledby="questions">
            <h2 id="questions">Questions to begin with</h2>
            <div className="cards charts">
              {catalog
                ? examples.map((example) => <ExampleCard key={example.title} example={example} />)
                : [1, 2, 3].map((each) => (
                    <div key={each} className="card">
                      <div className="waiting example-chart" />
                    </div>
                  ))}
            </div>
          </section>
        )}
        {catalog && <Served catalog={catalog} />}
      </main>
    </>
  );
}

function ExampleCard({ example }: { example: Example }) {
  const key = useApiKey();
  const [reply, setReply] = useState<Reply>();
  const [problem, setProblem] = useState<GraphQLProblem>();
  useEffect(() => {
    const leaving = new AbortController();
    post({ query: example.query, extensions: WITH_COLUMNS }, leaving.signal).then(setReply, (error: unknown) => {
      if (!leaving.signal.aborted) setProblem({ message: `the server cannot be reached: ${String(error)}` });
    });
    return () => leaving.abort();
  }, [example, key]);
  const table = useMemo(
    () => tablesOf(reply?.answer.data, describing(reply?.answer.extensions?.columns))[0],
    [reply],
  );
  const plan = useMemo(() => table && choose(table), [table]);
  const [metric] = plan?.roles.metrics ?? [];
  const problems = problem ? [problem] : (reply?.answer.errors ?? []);
  const link = `explorer#${new URLSearchParams({ query: example.query })}`;
  return (
    <article className="card">
      <header>
        <h3>{example.title}</h3>
        <a href={link}>
          Explore<span className="hidden"> {example.title}</span>
        </a>
      </header>
      <div className="example-chart">
        {problems.length > 0 ? (
          <Problems problems={problems} />
        ) : table && plan && metric ? (
          <Suspense fallback={<div className="waiting example-chart" />}>
            <Chart table={table} form={example.form} roles={plan.roles} metric={metric} title={example.title} isSmall />
          </Suspense>
        ) : reply ? (
          <p className="empty">No rows yet.</p>
        ) : (
          <div className="waiting example-chart" role="status">
            <span className="hidden">Loading {example.title}</span>
          </div>
        )}
      </div>
    </article>
  );
}

function Served({ catalog }: { catalog: Catalog }) {
  const { datasets, records, entities } = catalog;
  return (
    <>
      {datasets.length > 0 && (
        <section aria-labelledby="datasets">
          <h2 id="datasets">Datasets</h2>
          <div className="cards wide">
            {datasets.map((dataset) => (
              <DatasetCard key={dataset.name} dataset={dataset} />
            ))}
          </div>
        </section>
      )}
      {records.length + entities.length > 0 && (
        <section aria-labelledby="rows">
          <h2 id="rows">Records and entities</h2>
          <ul className="rows-list">
            {[...records, ...entities].map(({ name, label, description, rootField }) => (
              <li key={`${name} ${rootField}`}>
                <strong>{label}</strong> {rootField && <code>{rootField}</code>}
                {description && <span> {description}</span>}
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function DatasetCard({ dataset }: { dataset: Dataset }) {
  const { label, description, timeRange, freshness, metrics, dimensions } = dataset;
  return (
    <article className="card">
      <header>
        <h3>{label}</h3>
        {timeRange && (
          <span className="note">
            {timeRange.start} to {timeRange.end}
          </span>
        )}
      </header>
      {description && <p>{description}</p>}
      {freshness && <p className="note">Newest row: {formatTime(freshness)}</p>}
      <Names title="Metrics" items={metrics} />
      <Names title="Dimensions" items={dimensions} />
    </article>
  );
}

interface Item {
  name: string;
  label: string;
  description: string | null;
}

function Names({ title, items }: { title: string; items: Item[] }) {
  return (
    <div className="names">
      <h4>{title}</h4>
      <ul>
        {items.map(({ name, label, description }) => (
          <li key={name} title={description ?? undefined}>
            {label}
          </li>
        ))}
      </ul>
    </div>
  );
}

start(<HomePage />);
