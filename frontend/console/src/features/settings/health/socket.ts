/** Whether this browser opens a WebSocket to the server. Nothing is said through it. */
const PATIENCE_MS = 5000;

export function opensSocket(make: (address: string) => WebSocket = (address) => new WebSocket(address)): Promise<boolean> {
  return new Promise((resolve) => {
    let socket: WebSocket;
    try {
      socket = make(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/socket`);
    } catch {
      resolve(false);
      return;
    }
    const timer = setTimeout(() => end(false), PATIENCE_MS);
    const end = (isOpen: boolean): void => {
      clearTimeout(timer);
      socket.onopen = socket.onclose = null;
      socket.close();
      resolve(isOpen);
    };
    socket.onopen = () => end(true);
    socket.onclose = () => end(false);
  });
}
