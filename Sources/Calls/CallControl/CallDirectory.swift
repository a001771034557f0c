import Addressing
import BotProtocol
import Logging
import MediaPlane
import SIPEndpoint
import SIPSyntax
import SIPUserAgent
import Timekeeping
import Trunks

/// All calls that exist: takes orders and incoming INVITEs, runs each call, and knows when none is left.
package actor CallDirectory {
    private enum Work: Sendable {
        case order(Call)
        case incoming(SessionID, IncomingInvite)
    }

    private enum Phase {
        case open
        case draining
    }

    /// Records of ended calls that `record(of:)` still finds.
    package static let recordsKeptMax = 1_000

    /// Orders and INVITEs that wait to be begun, which takes microseconds each.
    private static let workMax = 4_000

    let services: CallServices
    private let work: AsyncStream<Work>
    private nonisolated let submit: AsyncStream<Work>.Continuation
    private nonisolated let alarms: AlarmClock<CallIdentifier>
    private nonisolated let inboxes: CallInboxes
    private nonisolated let lines: [TrunkName: PacedLine]
    private nonisolated let places: CallPlaces
    /// Of the trunks whose callers prove themselves.
    private var challengers: [TrunkName: DigestServer]
    private var phase = Phase.open
    private(set) var calls: [CallIdentifier: Call] = [:]
    private var records: [CallIdentifier: CallRecord] = [:]
    private var recordsInOrder: [CallIdentifier] = []
    var reaper: Reaper
    private var waitingForQuiet: [CheckedContinuation<Void, Never>] = []

    package init(services: CallServices) {
        self.services = services
        self.reaper = Reaper(services.reaper)
        let inboxes = CallInboxes()
        self.inboxes = inboxes
        self.alarms = AlarmClock(now: services.now) { call in inboxes.deliver(.alarm, to: call) }
        self.challengers = services.trunks.compactMapValues { trunk in
            var random = SystemRandomNumberGenerator()
            return trunk.challenge.map {
                DigestServer(realm: $0.realm, passwords: $0.passwords, random: &random)
            }
        }
        let places = CallPlaces(max: services.callsMax) { [media = services.media] in media.portPairsAwake }
        self.places = places
        self.lines = Self.lines(of: services, places) { call in inboxes.deliver(.permit, to: call) }
        // An INVITE that finds this line full is answered by the user agent's own set-up limit; an order is refused.
        (self.work, self.submit) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.workMax))
    }

    /// Runs calls until the surrounding task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.alarms.run() }
            group.addTask { await self.reap() }
            var started: Set<ObjectIdentifier> = []
            for line in self.lines.values where started.insert(ObjectIdentifier(line)).inserted {
                group.addTask { await line.run() }
            }
            for await work in self.work {
                switch work {
                case .order(let call):
                    group.addTask { await self.carryOut(call) }
                case .incoming(let session, let invite):
                    guard let call = await self.accept(session, invite) else { continue }
                    group.addTask { await self.carryOut(call) }
                }
            }
            group.cancelAll()
        }
    }

    /// Places a call; the result is known at once, its fate by events and by its record.
    package func place(_ request: CallRequest) throws(CallRequestError) -> CallIdentifier {
        try self.place(request, watcher: nil)
    }

    private func place(
        _ request: CallRequest, watcher: (@Sendable (CallIdentifier, LegNotice) -> Void)?
    ) throws(CallRequestError) -> CallIdentifier {
        guard case .open = self.phase else { throw .draining }
        guard !self.places.isFull else { throw .tooManyCalls(self.services.callsMax) }
        return try self.begin(
            try Call.outbound(
                request, services: self.services, lines: self.lines, alarms: self.alarms,
                switchboard: self.switchboard, watcher: watcher))
    }

    /// Places the second leg of a bridge; it counts as a call like any other.
    private func place(_ leg: LegRequest) throws(CallRequestError) -> CallIdentifier {
        guard case .open = self.phase else { throw .draining }
        guard !self.places.isFull else { throw .tooManyCalls(self.services.callsMax) }
        return try self.begin(
            try Call.leg(
                leg, services: self.services, lines: self.lines, alarms: self.alarms, switchboard: self.switchboard))
    }

    private func begin(_ call: Call) throws(CallRequestError) -> CallIdentifier {
        guard case .enqueued = self.submit.yield(.order(call)) else {
            throw .tooManyCalls(self.services.callsMax)
        }
        self.register(call)
        return call.identifier
    }

    private var switchboard: Switchboard {
        Switchboard(
            placeLeg: { [weak self] leg in
                guard let self else { return .failure(.draining) }
                do throws(CallRequestError) {
                    return .success(try await self.place(leg))
                } catch {
                    return .failure(error)
                }
            },
            hangUp: { [inboxes] identifier, cause in inboxes.deliver(.end(cause), to: identifier) },
            place: { [weak self] request, watcher in
                guard let self else { return .failure(.draining) }
                do throws(CallRequestError) {
                    return .success(try await self.place(request, watcher: watcher))
                } catch {
                    return .failure(error)
                }
            },
            session: { [weak self] identifier in
                guard let call = await self?.calls[identifier] else { return nil }
                return await call.connectedSession
            })
    }

    /// Asks something of a live call; false when there is no such call.
    package func wish(_ wish: CallWish, of identifier: CallIdentifier) -> Bool {
        self.inboxes.deliver(.wish(wish), to: identifier)
    }

    /// An INVITE came in; false when too much waits already. Called on the endpoint's loop.
    package nonisolated func receive(_ invite: IncomingInvite, in session: SessionID) -> Bool {
        guard case .enqueued = self.submit.yield(.incoming(session, invite)) else { return false }
        return true
    }

    /// Ends a call on request; false when there is no such call.
    package func hangUp(_ identifier: CallIdentifier, reason: String?) -> Bool {
        self.inboxes.deliver(.end(.hangup(by: .operatorRequest, reason: reason)), to: identifier)
    }

    /// Ends a call for a reason of the gateway's own.
    func end(_ identifier: CallIdentifier, _ cause: EndCause) {
        self.inboxes.deliver(.end(cause), to: identifier)
    }

    /// The call as it stands now, or as it ended if that was not long ago.
    package func record(of identifier: CallIdentifier) async -> CallRecord? {
        if let call = self.calls[identifier] { return await call.record }
        return self.records[identifier]
    }

    /// The calls that exist.
    package func live() async -> [CallRecord] {
        var records: [CallRecord] = []
        for call in self.calls.values { records.append(await call.record) }
        return records.sorted { $0.moments.created < $1.moments.created }
    }

    package var count: Int { self.calls.count }

    /// Calls that wait for their trunk's pace.
    package var waitingCount: Int {
        get async {
            var count = 0
            var seen: Set<ObjectIdentifier> = []
            for line in self.lines.values where seen.insert(ObjectIdentifier(line)).inserted {
                count += await line.waitingCount
            }
            return count
        }
    }

    /// Refuses new calls, ends those that exist, and returns when none is left.
    package func shutDown() async {
        self.phase = .draining
        for identifier in self.calls.keys { self.inboxes.deliver(.end(.shutdown), to: identifier) }
        guard !self.calls.isEmpty else { return }
        await withCheckedContinuation { self.waitingForQuiet.append($0) }
    }

    private func accept(_ session: SessionID, _ invite: IncomingInvite) async -> Call? {
        guard case .open = self.phase, !self.places.isFull else {
            await self.refuse(session, .serviceUnavailable, headers: [.retryAfter(seconds: 5)])
            return nil
        }
        let called = invite.request.uri.sip?.user
        var routing = self.services.routing
        routing.resolved = self.services.sources.current
        switch routing.decide(source: invite.path.remote.address, calledUser: called) {
        case .refuse(let status, let sentence):
            self.services.logger.notice("An INVITE was refused with \(status): \(sentence)")
            await self.refuse(session, status, headers: [])
            return nil
        case .accept(let route):
            guard let trunk = self.services.trunks[route.trunk], let line = self.lines[route.trunk],
                let bot = self.services.bots[route.bot]
            else {
                // The configuration is checked for this at the start.
                await self.refuse(session, .serverInternalError, headers: [])
                return nil
            }
            guard await self.mayCall(invite, in: session, over: trunk) else { return nil }
            guard await self.services.endpoint.adopt(session, trunk.sessionSettings, credentials: trunk.credentials)
            else {
                self.services.router.decline(session)
                return nil
            }
            let call = Call.inbound(
                invite, session, by: route, trunk: trunk, bot: bot, services: self.services, line: line,
                alarms: self.alarms, switchboard: self.switchboard)
            // Where an order has taken the last place meanwhile, the caller has rung for one more.
            _ = self.places.take(call.identifier)
            self.register(call)
            return call
        }
    }

    /// Challenges the caller where the trunk says so; false when the INVITE has been answered.
    private func mayCall(_ invite: IncomingInvite, in session: SessionID, over trunk: Trunk) async -> Bool {
        guard let verdict = self.challengers[trunk.name]?.judge(invite.request, at: self.services.now()) else {
            return true
        }
        switch verdict {
        case .accepted:
            return true
        case .challenge(let fields):
            await self.refuse(session, .unauthorized, headers: fields)
        case .refused:
            self.services.logger.notice(
                "An INVITE from \(invite.path.remote) had a wrong name or password for trunk \(trunk.name)")
            await self.refuse(session, .forbidden, headers: [])
        }
        return false
    }

    /// Judgements of the trunks that challenge, added up.
    package var challengeCounts: [TrunkName: DigestServer.Counts] { self.challengers.mapValues(\.counts) }

    private func refuse(_ session: SessionID, _ status: StatusCode, headers: [Headers.Field]) async {
        self.services.router.decline(session)
        await self.services.endpoint.reject(session, status, headers: headers)
    }

    private func register(_ call: Call) {
        self.calls[call.identifier] = call
        self.inboxes.open(call.identifier, call.inbox)
    }

    private func carryOut(_ call: Call) async {
        let record = await call.run()
        self.inboxes.close(call.identifier)
        self.places.release(call.identifier)
        self.alarms.set(call.identifier, to: nil)
        self.calls[call.identifier] = nil
        self.keep(record)
        if self.calls.isEmpty {
            for waiting in self.waitingForQuiet { waiting.resume() }
            self.waitingForQuiet = []
        }
    }

    /// One line for each pace: trunks of one account share theirs.
    private static func lines(
        of services: CallServices, _ places: CallPlaces, grant: @escaping @Sendable (CallIdentifier) -> Void
    ) -> [TrunkName: PacedLine] {
        var shared: [String: PacedLine] = [:]
        var lines: [TrunkName: PacedLine] = [:]
        for trunk in services.trunks.values {
            let line =
                trunk.pace.group.flatMap { shared[$0] }
                ?? PacedLine(pace: trunk.pace, places: places, now: services.now, grant: grant)
            if let group = trunk.pace.group { shared[group] = line }
            lines[trunk.name] = line
        }
        return lines
    }

    private func keep(_ record: CallRecord) {
        if self.recordsInOrder.count >= Self.recordsKeptMax {
            self.records[self.recordsInOrder.removeFirst()] = nil
        }
        self.recordsInOrder.append(record.identifier)
        self.records[record.identifier] = record
    }
}
