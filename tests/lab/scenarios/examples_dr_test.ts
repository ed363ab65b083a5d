import { topologyExampleTest } from "../topology_example.ts";

topologyExampleTest("dr");
