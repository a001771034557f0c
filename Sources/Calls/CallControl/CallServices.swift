import Addressing
import BotTransports
import Logging
import MediaPlane
import SIPEndpoint
import SIPSyntax
import SIPUserAgent
import Timekeeping
import Trunks

/// What calls are made of: one of each for the whole gateway.
package struct CallServices: Sendable {
    package var endpoint: Endpoint
    package var router: SessionRouter
    package var media: MediaPlane
    package var connector: Connector
    package var records: any CallRecordStore
    package var trunks: [TrunkName: Trunk]
    package var bots: [String: BotPlan]
    package var routing: InboundRouting
    /// What the names of the trunks' points of presence resolve to.
    package var sources: ResolvedSources
    /// Which points of presence calls leave out.
    package var health: TrunkHealth
    /// Where SIP of this gateway is reached, by transport: for Via and Contact.
    package var listeners: [SIPTransportName: TransportAddress]
    /// What the far end is told where a trunk names no address of its own.
    package var localAddress: IPAddress
    package var callsMax: Int
    package var recordsCalls: Bool
    package var reaper = ReaperSettings()
    package var now: @Sendable () -> Instant
    package var anchor: WallClockAnchor
    /// Told what happens, in order for each call; it must not wait.
    package var watch: @Sendable (CallIdentifier, CallEvent) -> Void
    /// Told the header fields that a call brings along, before they are sent: their values are not for traces.
    package var hideInTraces: @Sendable ([String]) -> Void = { _ in }
    package var logger: Logger

    package init(
        endpoint: Endpoint, router: SessionRouter, media: MediaPlane, connector: Connector,
        records: any CallRecordStore, trunks: [Trunk], bots: [BotPlan], routing: InboundRouting,
        sources: ResolvedSources, health: TrunkHealth,
        listeners: [SIPTransportName: TransportAddress], localAddress: IPAddress, callsMax: Int, recordsCalls: Bool,
        now: @escaping @Sendable () -> Instant, anchor: WallClockAnchor,
        watch: @escaping @Sendable (CallIdentifier, CallEvent) -> Void, logger: Logger
    ) {
        self.endpoint = endpoint
        self.router = router
        self.media = media
        self.connector = connector
        self.records = records
        self.trunks = Dictionary(trunks.map { ($0.name, $0) }) { first, _ in first }
        self.bots = Dictionary(bots.map { ($0.name, $0) }) { first, _ in first }
        self.routing = routing
        self.sources = sources
        self.health = health
        self.listeners = listeners
        self.localAddress = localAddress
        self.callsMax = callsMax
        self.recordsCalls = recordsCalls
        self.now = now
        self.anchor = anchor
        self.watch = watch
        self.logger = logger
    }
}
