package import BotProtocol
import Logging
import SIPSyntax
package import SIPUserAgent
package import Timekeeping

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

    private let services: CallServices
    private let work: AsyncStream<Work>
    private nonisolated let submit: AsyncStream<Work>.Continuation
    private nonisolated let alarms: AlarmClock<CallIdentifier>
    private nonisolated let inboxes: CallInboxes
    private var phase = Phase.open
    private var calls: [CallIdentifier: Call] = [:]
    private var records: [CallIdentifier: CallRecord] = [:]
    private var recordsInOrder: [CallIdentifier] = []
    private var waitingForQuiet: [CheckedContinuation<Void, Never>] = []

    package init(services: CallServices) {
        self.services = services
        let inboxes = CallInboxes()
        self.inboxes = inboxes
        self.alarms = AlarmClock(now: services.now) { call in inboxes.deliver(.alarm, to: call) }
        // An INVITE that finds this line full is answered by the user agent's own set-up limit.
        (self.work, self.submit) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(4_000))
    }

    /// Runs calls until the surrounding task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.alarms.run() }
            for line in self.services.lines.values { group.addTask { await line.run() } }
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
    package func place(_ order: CallOrder) throws(CallOrderError) -> CallIdentifier {
        guard case .open = self.phase else { throw .draining }
        guard self.calls.count < self.services.callsMax else { throw .tooManyCalls(self.services.callsMax) }
        let call = try Call.outbound(order, services: self.services, alarms: self.alarms)
        self.register(call)
        self.submit.yield(.order(call))
        return call.identifier
    }

    /// An INVITE came in. Called on the endpoint's loop.
    package nonisolated func receive(_ invite: IncomingInvite, in session: SessionID) {
        self.submit.yield(.incoming(session, invite))
    }

    /// Ends a call on request; false when there is no such call.
    package func hangUp(_ identifier: CallIdentifier, reason: String?) -> Bool {
        self.inboxes.deliver(.end(.hangup(by: .operatorRequest, reason: reason)), to: identifier)
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

    /// Refuses new calls, ends those that exist, and returns when none is left.
    package func shutDown() async {
        self.phase = .draining
        for identifier in self.calls.keys { self.inboxes.deliver(.end(.shutdown), to: identifier) }
        guard !self.calls.isEmpty else { return }
        await withCheckedContinuation { self.waitingForQuiet.append($0) }
    }

    private func accept(_ session: SessionID, _ invite: IncomingInvite) async -> Call? {
        let admission: Admission =
            switch self.phase {
            case .draining: .refuse(.serviceUnavailable, retryAfterSeconds: 5)
            case .open where self.calls.count >= self.services.callsMax:
                .refuse(.serviceUnavailable, retryAfterSeconds: 5)
            case .open: self.services.admission(of: invite)
            }
        switch admission {
        case .refuse(let status, let retryAfterSeconds):
            self.services.router.forget(session)
            await self.services.refuse(session, status, retryAfterSeconds: retryAfterSeconds)
            return nil
        case .accept(let route):
            let call = Call.inbound(invite, session, by: route, services: self.services, alarms: self.alarms)
            self.register(call)
            return call
        }
    }

    private func register(_ call: Call) {
        self.calls[call.identifier] = call
        self.inboxes.open(call.identifier, call.inbox)
    }

    private func carryOut(_ call: Call) async {
        let record = await call.run()
        self.inboxes.close(call.identifier)
        self.alarms.set(call.identifier, to: nil)
        self.calls[call.identifier] = nil
        self.keep(record)
        if self.calls.isEmpty {
            for waiting in self.waitingForQuiet { waiting.resume() }
            self.waitingForQuiet = []
        }
    }

    private func keep(_ record: CallRecord) {
        if self.recordsInOrder.count >= Self.recordsKeptMax {
            self.records[self.recordsInOrder.removeFirst()] = nil
        }
        self.recordsInOrder.append(record.identifier)
        self.records[record.identifier] = record
    }
}
