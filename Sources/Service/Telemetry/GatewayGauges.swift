import JSON

/// What the gateway holds at this moment. Every count is 0 again when no call is left.
package struct GatewayGauges: Hashable, Sendable {
    package var calls = 0
    package var callsWaiting = 0
    package var dialogs = 0
    package var transactions = 0
    package var sessions = 0
    package var connections = 0
    /// Carriers' addresses that do not answer health checks; calls leave them out.
    package var addressesDown = 0
    /// Trunks that are registered with their carriers now.
    package var registrations = 0
    package var mediaSessions = 0
    package var portPairs = 0
    package var sockets = 0
    /// Bots that are connected or being connected.
    package var bots = 0
    /// Child processes of bots, those included that are told to leave.
    package var botProcesses = 0
    /// Bots that dialled and wait for a call, and processes that were started ahead of theirs; no call holds them.
    package var botsWaiting = 0
    package var botsWarm = 0
    package var recordings = 0
    /// Calls of peers that have no ACK yet.
    package var halfOpenCalls = 0
    /// These grow only. Callers of trunks with a `challenge`: asked to prove themselves, let in, and turned away.
    package var callersChallenged: UInt64 = 0
    package var callersAccepted: UInt64 = 0
    package var callersRefused: UInt64 = 0
    /// Requests answered 503 without state.
    package var requestsOverloaded: UInt64 = 0
    /// INVITEs of sources on no trunk, answered 403.
    package var strangersRefused: UInt64 = 0
    /// Requests for a call that came from elsewhere than its peer.
    package var foreignRequests: UInt64 = 0
    /// Connections closed at once, and silent ones closed for later ones.
    package var connectionsRefused: UInt64 = 0
    package var connectionsEvicted: UInt64 = 0
    /// Strangers' messages over their rate, or during their ban.
    package var messagesUnheard: UInt64 = 0
    package var datagramsDropped: UInt64 = 0
    package var sourcesFiltered = 0
    package var bans: UInt64 = 0
    /// Grows only: sessions, media and calls that had lost their counterparts. A fault of ours, each of them.
    package var reaped = 0
    /// Grows only: SIP messages that went to the HEP collector, and those that did not get there.
    package var hepSent: UInt64 = 0
    package var hepDropped: UInt64 = 0
    /// Grows only: ticks of media threads that began late.
    package var lateTicks: UInt64 = 0
    /// How far from its deadline a 20 ms slot was served.
    package var pacingP99: Duration = .zero

    package init() {}

    /// Whether nothing of any call is left. Connections to carriers stay open on purpose.
    package var isIdle: Bool {
        self.calls == 0 && self.callsWaiting == 0 && self.dialogs == 0 && self.transactions == 0 && self.sessions == 0
            && self.mediaSessions == 0 && self.portPairs == 0 && self.sockets == 0 && self.bots == 0
            && self.botProcesses == 0 && self.recordings == 0 && self.halfOpenCalls == 0
    }

    package var json: JSONValue {
        [
            "calls": .integer(self.calls),
            "calls_waiting": .integer(self.callsWaiting),
            "dialogs": .integer(self.dialogs),
            "transactions": .integer(self.transactions),
            "sessions": .integer(self.sessions),
            "connections": .integer(self.connections),
            "addresses_down": .integer(self.addressesDown),
            "registrations": .integer(self.registrations),
            "media_sessions": .integer(self.mediaSessions),
            "port_pairs": .integer(self.portPairs),
            "sockets": .integer(self.sockets),
            "bots": .integer(self.bots),
            "bot_processes": .integer(self.botProcesses),
            "bots_waiting": .integer(self.botsWaiting),
            "bots_warm": .integer(self.botsWarm),
            "recordings": .integer(self.recordings),
            "half_open_calls": .integer(self.halfOpenCalls),
            "callers_challenged": .integer(self.callersChallenged),
            "callers_accepted": .integer(self.callersAccepted),
            "callers_refused": .integer(self.callersRefused),
            "requests_overloaded": .integer(self.requestsOverloaded),
            "strangers_refused": .integer(self.strangersRefused),
            "foreign_requests": .integer(self.foreignRequests),
            "connections_refused": .integer(self.connectionsRefused),
            "connections_evicted": .integer(self.connectionsEvicted),
            "messages_unheard": .integer(self.messagesUnheard),
            "datagrams_dropped": .integer(self.datagramsDropped),
            "sources_filtered": .integer(self.sourcesFiltered),
            "bans": .integer(self.bans),
            "reaped": .integer(self.reaped),
            "hep_sent": .integer(self.hepSent),
            "hep_dropped": .integer(self.hepDropped),
            "late_ticks": .integer(self.lateTicks),
            "pacing_p99_us": .integer(self.pacingP99.components.attoseconds / 1_000_000_000_000),
        ]
    }
}
