// Resumable upload of one file: chunks at an offset the server confirms, so a lost
// connection costs one chunk. `onProgress` gets 0..1.
import { ApiError, del, get, patchBytes, post } from './api.js';

const TRIES = 6;
const TURNS = 100; // how often it waits for its turn to be read

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

const passing = (error) =>
  error instanceof ApiError && (error.code === 'offline' || error.status >= 500 || error.status === 429);

async function sendChunk(upload, file, signal) {
  const bytes = file.slice(upload.offset, upload.offset + upload.chunk);
  for (let n = 0; ; n++) {
    try {
      const answer = await patchBytes(`/uploads/${upload.id}`, upload.offset, bytes, signal);
      return answer.offset;
    } catch (error) {
      if (!passing(error) || n + 1 >= TRIES) throw error;
      await pause(500 * 2 ** n);
      const state = await get(`/uploads/${upload.id}`).catch(() => null);
      if (state !== null && state.offset !== upload.offset) return state.offset;
    }
  }
}

// The service reads few files at once; whose turn it is not yet asks again.
async function finish(upload, signal) {
  for (let n = 0; ; n++) {
    try {
      return (await post(`/uploads/${upload.id}/finish`, {}, { signal })).pending;
    } catch (error) {
      if (error.reason !== 'busy' || n + 1 >= TURNS) throw error;
      await pause(1000 * Math.max(1, error.retryAfter));
    }
  }
}

async function sendAll(upload, file, onProgress, signal) {
  while (upload.offset < file.size) {
    upload.offset = await sendChunk(upload, file, signal);
    onProgress(upload.offset / file.size);
  }
  return finish(upload, signal);
}

// An upload lives in the service's memory: where that was restarted, it begins again.
export async function uploadFile(caseId, file, kind, onProgress, signal) {
  for (let n = 0; ; n++) {
    const created = await post(`/cases/${caseId}/uploads`, { bytes: file.size, kind });
    const upload = { id: created.id, offset: created.offset ?? 0, chunk: created.chunk ?? 1048576 };
    try {
      return await sendAll(upload, file, onProgress, signal);
    } catch (error) {
      if (error.status === 404 && n < 2) continue;
      await del(`/uploads/${upload.id}`).catch(() => null);
      throw error;
    }
  }
}
