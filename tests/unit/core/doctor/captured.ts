/** /proc/net/ip_vs as Linux 6.1 shows it. */
export const PROC_TABLE = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  [fd00:0000:0000:0000:0000:0000:0000:0001]:0050 sh persistent 10000 40000000
  -> [fd00:0000:0000:0000:0000:0000:0000:0002]:0050      Tunnel  1      3          4         
TCP  0A000001:0050 wlc  persistent 30000 FFFFFF00
  -> 0A000002:0050      Masq    1      1          2         
  -> 7F000001:1F90      Local   0      0          0         
FWM  00000007 rr ops 
  -> 0A000003:0000      Route   1      0          0         
FWM  00000009 mh 
  -> [fd00:0000:0000:0000:0000:0000:0000:0003]:0000      Bypass  1      0          0         
UDP  0A000001:0035 rr  
`;
