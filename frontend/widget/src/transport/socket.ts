/** Frames over WebSocket. */
import type { OpenWire } from "./wire.ts";

export const openSocket: OpenWire = (url, hello, take, lost) => {
  const socket = new WebSocket(url("w/socket").replace("http", "ws"));
  const send = (frame: unknown): void => socket.send(JSON.stringify(frame));
  socket.onopen = () => send(hello);
  socket.onmessage = ({ data }) => take(JSON.parse(data as string));
  socket.onclose = ({ code }) => lost(code);
  return { send, close: () => socket.close() };
};
