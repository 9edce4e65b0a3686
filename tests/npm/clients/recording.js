// A fetch that notes what is sent, for clients that tests run against the server.
export const sent = [];

export const recordingFetch = async (url, options = {}) => {
  const response = await fetch(url, options);
  sent.push({
    method: options.method ?? "GET",
    url: String(url),
    body: options.body ?? null,
    status: response.status,
  });
  return response;
};

export const print = (answers) => console.log(JSON.stringify({ answers, sent }));
