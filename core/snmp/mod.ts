/**
 * The table for SNMP: the objects of LVS-MIB and of a part of KEEPALIVED-MIB, and the protocol in which snmpd asks for them. Pure.
 *
 * @module
 */
export { KEEPALIVED_MIB, keepalivedMib } from "./keepalived_mib.ts";
export type { SnmpGroup, SnmpRouter, SnmpVrrp } from "./keepalived_vrrp.ts";
export { LVS_MIB, lvsMib } from "./lvs_mib.ts";
export { parseOid, PassPersist } from "./pass_persist.ts";
export type { SnmpNode } from "./tree.ts";
