import { FORWARDING_CASES, forwardingTest } from "../forwarding.ts";

forwardingTest(FORWARDING_CASES.ipip);
