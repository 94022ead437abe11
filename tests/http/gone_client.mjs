// One page in a process of its own, so that it can be stopped or cut off:
//   node gone_client.mjs ORIGIN ADDRESS TICKET CLIENT [deaf]
// Says a line of JSON for what happens to it; `deaf` reads nothing once it is in.
import { socketClass } from '../../infra/sample/socket.mjs';

const [origin, address, ticket, client, how = ''] = process.argv.slice(2);
const tell = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
const Socket = socketClass({ origin }); // the certificate is for another address
const socket = new Socket(`wss://${address}/ws?ticket=${ticket}`, ['osteon.1']);
socket.onopen = () => {
  socket.send(JSON.stringify({ t: 'hello', client, seq: 0, sum: null }));
};
socket.onclose = ({ code }) => { tell({ closed: code }); setTimeout(() => process.exit(), 50); };
socket.onmessage = ({ data }) => {
  for (const message of [JSON.parse(data)].flat()) {
    if (message.t === 'welcome') {
      tell({ welcome: message.seq, bytes: data.length });
      if (how === 'deaf') socket.stream.pause();
    } else if (message.t === 'resync') {
      tell({ resync: message.reason });
      setTimeout(() => { if (socket.readyState === 1) socket.send(JSON.stringify({ t: 'hello', client, seq: 0, sum: null })); }, message.retry_ms);
    }
  }
};
