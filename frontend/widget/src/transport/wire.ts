/** One way to exchange frames with the server, from `hello` to the end. */
import type { AdvanceReceipt, Hello, Ping, SetTyping, ShowPage } from "../../../protocol/generated.ts";
import type { Command } from "../outbox/outbox.ts";
import type { VisitorServerFrame } from "../state/reduce.ts";

export type ClientFrame = Hello | Ping | AdvanceReceipt | SetTyping | ShowPage | (Command & { client_id: string });

export interface Wire {
  send(frame: ClientFrame): void;
  close(): void;
}

/** Opens a wire that greets with `hello`. `lost` is called at most once, with the server's close code or 0; who closed it listens no more. */
export type OpenWire = (
  url: (path: string) => string,
  hello: Hello,
  take: (frame: VisitorServerFrame) => void,
  lost: (code: number) => void,
) => Wire;
