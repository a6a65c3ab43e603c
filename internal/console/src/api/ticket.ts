/** Ticket is the right to open one live connection. */
export interface Ticket {
  ticket?: string;
  url?: string;
}

/** addressOf is where the socket is: as the ticket says, or on this origin. */
export function addressOf(ticket: Ticket, origin: string): string {
  const url = new URL(ticket.url ?? "/ws", origin);
  url.protocol = url.protocol.replace("http", "ws");
  if (ticket.ticket && !url.searchParams.has("ticket")) url.searchParams.set("ticket", ticket.ticket);
  return url.toString();
}
