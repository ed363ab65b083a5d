const root = Deno.args[0];
const { parseConfig } = await import(`${root}/core/config/mod.ts`);
let canon = `# The state of IPVS as lvsctl save writes it and lvsctl restore reads it\nversion: 1\ntimeouts: { tcp: 15m, tcp_fin: 2m, udp: 5m }\nsync_daemons: []\nservices:\n`;
for (let s=0;s<1000;s++){ canon += `  - listen: tcp://10.${s>>8}.${s&255}.1:80\n    scheduler: wlc\n    forward: nat\n    servers:\n`; for(let r=0;r<100;r++) canon+=`      - { address: 172.16.${s&255}.${r+1}:8080 }\n`; }
const t=(n:string,a:number)=>console.log(root, n, Math.round(performance.now()-a));
for (let i=0;i<1;i++){ const a=performance.now(); await parseConfig(canon,{file:"x"}); t("canonical 100k",a);}
const slow = canon.split("\n").slice(0,5+104*200).join("\n")+"\n# x\n";
for (let i=0;i<8;i++){ const a=performance.now(); await parseConfig(slow,{file:"x"}); t("yaml 20k",a);}
