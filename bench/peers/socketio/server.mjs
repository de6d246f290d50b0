// Relays messages between visitors and operators by socket.io, and stores nothing. Usage: node server.mjs PORT
import { createServer } from "node:http";
import { Server } from "socket.io";

const DESK = "desk";
const http = createServer();
const io = new Server(http);

io.on("connection", (socket) => {
  const { place } = socket.handshake.auth;
  socket.join(place);
  socket.on("say", (message, acknowledge) => {
    socket.to(place === DESK ? message.to : DESK).emit("message", { ...message, from: place, at: Date.now() });
    acknowledge({ at: Date.now() });
  });
  socket.on("read", (receipt) => {
    socket.to(place === DESK ? receipt.to : DESK).emit("read", { ...receipt, from: place });
  });
});

http.listen(Number(process.argv[2]), "127.0.0.1");
