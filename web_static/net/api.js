// The only door to HTTP. Every call answers JSON or throws ApiError, whose code the
// catalogue of messages knows.

const BASE = '/api/v1';

export class ApiError extends Error {
  constructor(status, { code, text = '', reason = '' }, retryAfter) {
    super(text);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.reason = reason;
    this.retryAfter = retryAfter;
  }
}

// Told when the service says that nobody is logged in here any more.
let signedOut = () => {};
export const onSignedOut = (tell) => { signedOut = tell; };

async function failure(response) {
  let error = null;
  try {
    error = (await response.json()).error;
  } catch {
    error = null;
  }
  const retry = Number(response.headers.get('Retry-After')) || 0;
  if (response.status === 401 && error?.reason === 'sign_in') signedOut();
  return new ApiError(response.status, error ?? { code: 'unavailable' }, retry);
}

const pause = (seconds) => new Promise((done) => { setTimeout(done, 1000 * seconds); });

// A service that is busy says when to ask again; what only reads does so a few times.
async function send(method, path, options) {
  for (let left = 4; ; left--) {
    try {
      return await sendOnce(method, path, options);
    } catch (error) {
      if (method !== 'GET' || left === 0 || error.status !== 503 || error.reason !== 'busy') throw error;
      await pause((error.retryAfter || 1) + Math.random());
    }
  }
}

async function sendOnce(method, path, { json, body, headers = {}, signal } = {}) {
  const init = { method, headers: { ...headers }, credentials: 'same-origin', signal };
  if (json !== undefined) {
    init.headers['Content-Type'] = 'application/json';
    init.body = JSON.stringify(json);
  } else if (body !== undefined) {
    init.headers['Content-Type'] = 'application/octet-stream';
    init.body = body;
  }
  let response;
  try {
    response = await fetch(BASE + path, init);
  } catch (cause) {
    if (cause.name === 'AbortError') throw cause;
    throw new ApiError(0, { code: 'offline' }, 0);
  }
  if (!response.ok) throw await failure(response);
  return response;
}

async function call(method, path, options) {
  const response = await send(method, path, options);
  if (response.status === 204) return null;
  const text = await response.text();
  return text === '' ? null : JSON.parse(text);
}

export const get = (path, options) => call('GET', path, options);
export const post = (path, json = {}, options = {}) => call('POST', path, { ...options, json });
export const put = (path, json) => call('PUT', path, { json });
export const del = (path) => call('DELETE', path);
export const putText = (path, text) => call('PUT', path, { body: text });
export const patchBytes = (path, offset, bytes, signal) =>
  call('PATCH', path, { body: bytes, headers: { 'Upload-Offset': String(offset) }, signal });

export async function getBytes(path) {
  return (await send('GET', path)).arrayBuffer();
}

export const fileUrl = (caseId, name) => `${BASE}/cases/${caseId}/files/${encodeURIComponent(name)}`;
export const filePath = (caseId, name) => `/cases/${caseId}/files/${encodeURIComponent(name)}`;
export const filmUrl = (filmId) => `${BASE}/films/${filmId}/image.png`;
export const pendingUrl = (pendingId) => `${BASE}/pending/${pendingId}/image.png`;
