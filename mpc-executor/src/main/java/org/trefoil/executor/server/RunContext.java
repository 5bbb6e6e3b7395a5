package org.trefoil.executor.server;

import java.security.SecureRandom;
import org.trefoil.executor.governance.Gate;
import org.trefoil.executor.store.KeptResults;
import org.trefoil.executor.transport.LinkMeter;
import org.trefoil.executor.transport.PeerLinks;

/** What all runs of one executor have in common. */
record RunContext(
    PeerLinks links,
    Computation.Decoder decoder,
    Limits limits,
    Timeouts timeouts,
    String version,
    SecureRandom random,
    OwnerLiveness owners,
    Gate gate,
    LinkMeter meter,
    KeptResults kept) {}
