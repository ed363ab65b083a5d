/**
 * The boundary to C: the only code that opens libraries and uses native memory. No library is opened at import.
 *
 * @module
 */

export { Epoll, WakeCounter } from "./epoll.ts";
export { FileCalls } from "./file_calls.ts";
export { HostAddresses } from "./host_addresses.ts";
export { LocalDatagrams } from "./local_datagrams.ts";
export { SystemNames } from "./names.ts";
export { inNewNetwork } from "./network_namespace.ts";
export { NetworkSockets } from "./network_socket.ts";
export { OptionSocket } from "./option_socket.ts";
export { attachFilter } from "./packet_filter.ts";
export { PacketSocket } from "./packet_socket.ts";
export { ProbeSockets } from "./probe_sockets.ts";
export { releaseStartMemory } from "./process_memory.ts";
export { type RawSocket, RawSockets } from "./raw_sockets.ts";
export { unblockSignals } from "./signal_mask.ts";
export { NetlinkSocket } from "./socket.ts";
export { raisePriority } from "./thread_priority.ts";
export { sleepOnThread } from "./thread_sleep.ts";
export { TlsLibraryHandle } from "./tls_library.ts";
