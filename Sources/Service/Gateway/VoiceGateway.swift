import AudioFiles
import BotTransports
import CallControl
import CallStore
import ControlAPI
import Foundation
import Logging
import MediaPlane
import NIOPosix
import Reactor
import SIPEndpoint
import SIPSyntax
import SIPTransport
import SIPUserAgent
import Telemetry
import Timekeeping
import Trunks

/// The whole gateway, put together from its configuration: the only place that knows every room.
package final class VoiceGateway: Sendable {
    /// Whether the gateway listens where its configuration says, or only as far as a call of its own needs it.
    package enum Listening: Sendable {
        case asConfigured
        case outboundOnly
    }

    package let directory: CallDirectory
    package let ladders: LadderBook
    /// Where SIP is listened for, such as `tls 192.0.2.1:5061`, and where bots dial, such as `ws://127.0.0.1:8090`.
    package let addresses: [String]
    let configuration: GatewayConfiguration
    let parts: GatewayParts
    private let registrations: TrunkRegistrations
    private let health: TrunkHealth
    private let records: CallRecordFile
    private let calls: Task<Void, Never>
    private let anchor: WallClockAnchor
    let logger: Logger

    /// Starts every part. Throws `GatewayStartError`, in words, for what cannot be bound, opened or read.
    ///
    /// - Parameter watch: told what happens on every call, in order for each; it must not wait.
    package static func start(
        _ configuration: GatewayConfiguration, listening: Listening, logger: Logger,
        watch: @escaping @Sendable (CallIdentifier, CallEvent) -> Void
    ) async throws(GatewayStartError) -> VoiceGateway {
        for warning in configuration.warnings { logger.warning("\(warning)") }
        if let reason = FileTrial.whyNotAppendable(configuration.recordsFile) {
            throw .part(
                "records.file",
                reason:
                    "nothing can be appended to \(configuration.recordsFile): \(reason). Fix: set records.file to a "
                    + "file that this user may write")
        }
        try configuration.tryAddresses()
        let records = try Self.records(of: configuration)
        Self.recover(records, logger: logger)
        let ladders = LadderBook()
        let anchor = WallClockAnchor.atThisMoment
        let router = SessionRouter()
        let sources = ResolvedSources()
        let registrations = TrunkRegistrations(logger: logger)
        let health = TrunkHealth()
        let hiddenFields = HiddenFields()
        let parts = try await GatewayParts.start(
            configuration, listening: listening, router: router, sources: sources, ladders: ladders,
            registrations: registrations, hiddenFields: hiddenFields, anchor: anchor, logger: logger)
        if let warning = configuration.descriptorWarning(limit: DescriptorReserve.counts.limit) {
            logger.warning("\(warning)")
        }
        var services = CallServices(
            endpoint: parts.endpoint, router: router, media: parts.media, connector: parts.connector,
            records: records, trunks: configuration.trunks,
            bots: configuration.bots, routing: parts.routing, sources: sources, health: health,
            listeners: parts.listeners,
            localAddress: parts.localAddress, callsMax: configuration.callsMax,
            recordsCalls: configuration.recordsCalls, now: { Endpoint.now() }, anchor: anchor,
            watch: { call, event in
                CallLog.note(event, of: call, in: logger)
                watch(call, event)
            }, logger: logger)
        services.hideInTraces = { hiddenFields.hide($0) }
        let directory = CallDirectory(services: services)
        // Only routes look at where an INVITE comes from.
        let resolution = SourceResolution(
            trunks: configuration.routes.isEmpty ? [] : configuration.trunks, sources: sources,
            endpoint: parts.endpoint, logger: logger)
        // A gateway that places one call does not live long enough to judge.
        let checked =
            switch listening {
            case .asConfigured: configuration.trunks
            case .outboundOnly: [Trunk]()
            }
        let checks = HealthChecks(
            trunks: checked, health: health, endpoint: parts.endpoint, listeners: parts.listeners,
            localAddress: parts.localAddress, logger: logger)
        router.receiveIncoming { session, invite in directory.receive(invite, in: session) }
        // A call of our own needs no binding: only who listens is to be found.
        if listening == .asConfigured {
            await registrations.start(
                configuration.trunks, endpoint: parts.endpoint, listeners: parts.listeners,
                localAddress: parts.localAddress)
        }
        return VoiceGateway(
            configuration, parts: parts, registrations: registrations, directory: directory, resolution: resolution,
            checks: checks, records: records, ladders: ladders, anchor: anchor,
            logger: logger)
    }

    private init(
        _ configuration: GatewayConfiguration, parts: GatewayParts, registrations: TrunkRegistrations,
        directory: CallDirectory, resolution: SourceResolution, checks: HealthChecks, records: CallRecordFile,
        ladders: LadderBook, anchor: WallClockAnchor, logger: Logger
    ) {
        self.configuration = configuration
        self.parts = parts
        self.registrations = registrations
        self.directory = directory
        self.health = checks.health
        self.records = records
        self.ladders = ladders
        self.anchor = anchor
        self.logger = logger
        self.addresses =
            parts.listeners.map { "\($0.key.rawValue) \($0.value)" }.sorted()
            + [parts.botAddress].compactMap(\.self).compactMap { configuration.botServer?.url(at: $0) }
        // Lives until `shutDown` cancels it; every call is a child of it.
        self.calls = Task {
            await withDiscardingTaskGroup { group in
                group.addTask { await resolution.run() }
                group.addTask { await checks.run() }
                await directory.run()
                group.cancelAll()
            }
        }
    }

    private static func records(of configuration: GatewayConfiguration) throws(GatewayStartError) -> CallRecordFile {
        do {
            return try CallRecordFile(path: configuration.recordsFile, recordings: configuration.recordingsDirectory)
        } catch {
            throw .part("the records' thread", reason: "\(error)")
        }
    }

    /// Completes the records of calls that a killed process left; records that cannot be written keep nobody from calling.
    private static func recover(_ records: CallRecordFile, logger: Logger) {
        do {
            let count = try records.recover()
            guard count > 0 else { return }
            logger.warning("\(count) calls were alive when a gateway was killed; their records say \"interrupted\".")
        } catch {
            logger.error("Calls that a killed gateway left have no record yet. \(error.sentence)")
        }
    }

    /// Refuses new calls, ends the live ones with BYE, completes recordings and records, and stops every part. Returns how
    /// many records could not be written.
    @discardableResult
    package func shutDown() async -> Int {
        await self.parts.endpoint.drain()
        await self.registrations.stop(self.parts.endpoint)
        await self.directory.shutDown()
        self.calls.cancel()
        await self.calls.value
        await self.parts.stop()
        let lost = await self.records.retry()
        if lost > 0 { self.logger.error("\(lost) call records could not be written.") }
        return lost
    }

    /// What the gateway holds at this moment.
    package func gauges() async -> GatewayGauges {
        let endpoint = await self.parts.endpoint.counts
        let media = self.parts.media.gauges
        var gauges = GatewayGauges()
        gauges.calls = await self.directory.count
        gauges.reaped = await self.directory.reaped.total
        gauges.callsWaiting = await self.directory.waitingCount
        gauges.dialogs = endpoint.userAgent.dialogs
        gauges.transactions = endpoint.userAgent.transactions
        gauges.sessions = endpoint.userAgent.sessions
        gauges.connections = endpoint.transport.accepted + endpoint.transport.dialled
        gauges.halfOpenCalls = endpoint.halfOpenCalls
        gauges.requestsOverloaded = endpoint.refusals.overloaded
        gauges.strangersRefused = endpoint.refusals.strangers
        gauges.foreignRequests = endpoint.refusals.foreignRequests
        gauges.connectionsRefused = endpoint.transport.refused
        gauges.connectionsEvicted = endpoint.transport.evicted
        gauges.messagesUnheard = endpoint.transport.unheard
        gauges.datagramsDropped = endpoint.transport.dropped
        gauges.sourcesFiltered = endpoint.transport.filtered
        gauges.bans = endpoint.transport.bans
        gauges.addressesDown = self.health.downCount
        gauges.registrations = self.registrations.boundCount
        for counts in await self.directory.challengeCounts.values {
            gauges.callersChallenged += UInt64(counts.challenged)
            gauges.callersAccepted += UInt64(counts.accepted)
            gauges.callersRefused += UInt64(counts.unknownUser + counts.wrongPassword)
        }
        gauges.mediaSessions = media.sessions
        gauges.portPairs = media.portPairs
        gauges.sockets = media.sockets
        let connector = self.parts.connector.gauges
        gauges.bots = media.bots + connector.attempts
        gauges.botProcesses = connector.children
        gauges.botsWaiting = connector.waitingConnections
        gauges.botsWarm = connector.warmChildren
        gauges.recordings = self.parts.recordings?.openCount ?? 0
        if let exported = self.parts.exporter?.counts {
            gauges.hepSent = exported.sent
            gauges.hepDropped = exported.dropped
        }
        gauges.lateTicks = media.lateTicks
        gauges.pacingP99 = media.pacingP99
        return gauges
    }

    /// Why a file that is to be made could not be; nil when it can.
    package static func whyNotWritable(_ path: String) -> String? {
        FileTrial.whyNotAppendable(path)
    }

    /// The messages of a call as a capture file; nil for a call that is not known, or not any more.
    package func capture(ofCallID callID: String) -> [UInt8]? {
        self.ladders.messages(ofCallID: callID).map {
            PacketCapture.file(of: $0, anchor: self.anchor, localAddress: self.parts.localAddress)
        }
    }

    /// The HTTP API of the configuration, or nil where it has none.
    package func controlServer(onListening: @escaping @Sendable (Int) async -> Void) -> ControlServer? {
        guard let api = self.configuration.api else { return nil }
        return ControlServer(
            configuration: api, directory: self.directory, ladders: self.ladders,
            capture: { self.capture(ofCallID: $0) },
            gauges: { await self.gauges() }, hasDescriptors: { DescriptorReserve.admitsParts }, logger: self.logger,
            onListening: onListening)
    }
}

extension WallClockAnchor {
    /// The monotonic clock and the calendar, read one after the other.
    static var atThisMoment: WallClockAnchor {
        let sinceEpoch = Date.now.timeIntervalSince1970
        return WallClockAnchor(instant: Endpoint.now(), sinceEpoch: .microseconds(Int64(sinceEpoch * 1_000_000)))
    }
}
