import SIPSyntax
import Timekeeping

/// Session timers as the edge orders them (RFC 4028): its interval and refresher, a 422 below its Min-SE, and refreshes
/// that it sends, awaits, or leaves out on purpose.
package struct SessionTimer: Misdeed {
    package static let name = "sessionTimer"

    package enum Refresher: String, Hashable, Sendable, CaseIterable {
        case gateway, edge
    }

    package enum Refresh: String, Hashable, Sendable, CaseIterable {
        case update, invite, none
    }

    private enum State: Hashable, Sendable {
        case waiting
        case running(refreshAt: Instant?, endAt: Instant)
        case over
    }

    package var expires: Duration = .seconds(1_800)
    package var refresher = Refresher.gateway
    /// How the edge refreshes when that is its part.
    package var refresh = Refresh.update
    /// An INVITE with a smaller Session-Expires, or none, is answered 422; nil takes any.
    package var minimum: Duration?
    private var state = State.waiting
    private var wasTooSmall = false

    package init() {}

    init(_ setting: YAMLSetting) throws(SimulatorError) {
        guard !setting.isScalar else {
            self.expires = try setting.duration(in: .seconds(1) ... .seconds(86_400))
            return
        }
        let entries = try setting.entries(known: ["expires", "refresher", "refresh", "minSE"])
        let times: ClosedRange<Duration> = .seconds(1) ... .seconds(86_400)
        if let expires = entries["expires"] { self.expires = try expires.duration(in: times) }
        if let refresher = entries["refresher"] { self.refresher = try refresher.word(of: Refresher.self) }
        if let refresh = entries["refresh"] { self.refresh = try refresh.word(of: Refresh.self) }
        if let minimum = entries["minSE"] { self.minimum = try minimum.duration(in: times) }
    }

    package var deadline: Instant? {
        guard case .running(let refreshAt, let endAt) = self.state else { return nil }
        return min(refreshAt ?? endAt, endAt)
    }

    package mutating func judge(_ invite: Request, in scene: MisdeedScene) -> MisdeedVerdict? {
        let wanted = Self.seconds(in: invite.headers.first(.sessionExpires))
        guard let minimum = self.minimum, let wanted, .seconds(Int64(wanted)) < minimum, !self.wasTooSmall else {
            return nil
        }
        self.wasTooSmall = true
        var response = scene.dialog.response(.sessionIntervalTooSmall, to: invite)
        response.headers.add(.minSE, UInt32(clamping: minimum.components.seconds))
        return MisdeedVerdict(
            response: response, patience: .seconds(5),
            actions: [.saw("Session-Expires \(wanted)"), .did("422, Min-SE \(minimum.components.seconds)")])
    }

    package mutating func willSend(_ message: SIPMessage, in scene: MisdeedScene) -> [SIPMessage] {
        switch message {
        case .response(var response):
            let method = (try? response.headers.cSeq)?.method
            guard response.status.isSuccess, method == .invite || method == .update else { return [message] }
            // The refresher is named by the roles of this transaction, in which the gateway asked.
            self.decorate(&response.headers, asksGateway: self.refresher == .gateway, gatewayIs: "uac")
            if self.refresher == .gateway { response.headers.replace(.require, Token(trusted: "timer")) }
            return [.response(response)]
        case .request(var request):
            guard request.method == .invite || request.method == .update else { return [message] }
            self.decorate(&request.headers, asksGateway: self.refresher == .gateway, gatewayIs: "uas")
            request.headers.replace(.supported, Token(trusted: "timer"))
            return [.request(request)]
        }
    }

    private func decorate(_ headers: inout Headers, asksGateway: Bool, gatewayIs role: String) {
        let refresher = asksGateway ? role : role == "uac" ? "uas" : "uac"
        let text = "\(self.expires.components.seconds);refresher=\(refresher)"
        if let value = try? HeaderValue(text) { headers.replace(.sessionExpires, value) }
    }

    package mutating func established(in scene: MisdeedScene) -> [MisdeedAction] {
        if self.state == .waiting { self.restart(at: scene.now) }
        return []
    }

    private mutating func restart(at now: Instant) {
        let refreshes = self.refresher == .edge && self.refresh != .none
        self.state = .running(refreshAt: refreshes ? now + self.expires / 2 : nil, endAt: now + self.expires)
    }

    package mutating func receive(_ request: Request, in scene: MisdeedScene) -> MisdeedReply {
        guard case .running = self.state else { return .passedOn }
        switch request.method {
        case .invite, .update:
            self.restart(at: scene.now)
            return .passedOn([.saw("refresh by \(request.method)")])
        case .bye:
            self.state = .over
            return .passedOn([.saw("BYE within the session's interval")])
        default:
            return .passedOn
        }
    }

    package mutating func receive(
        _ response: Response, to request: Request, in scene: MisdeedScene
    ) -> [MisdeedAction] {
        guard request.method == .invite || request.method == .update, case .running = self.state else { return [] }
        if response.status.isSuccess { self.restart(at: scene.now) }
        return [.saw("\(response.status) to the edge's \(request.method)")]
    }

    package mutating func handleTimeout(in scene: MisdeedScene) -> [MisdeedAction] {
        guard case .running(let refreshAt, let endAt) = self.state else { return [] }
        if scene.now >= endAt {
            self.state = .over
            return [.saw("no refresh and no BYE"), .hangUp("the session was not refreshed")]
        }
        guard let refreshAt, scene.now >= refreshAt else { return [] }
        self.state = .running(refreshAt: nil, endAt: endAt)
        let request =
            self.refresh == .invite
            ? MisdeedRequest(.invite, body: .offer("sendrecv")) : MisdeedRequest(.update)
        return [.did("refresh by \(request.method)"), .request(request)]
    }

    private static func seconds(in value: HeaderValue?) -> Int? {
        value.flatMap { Int($0.text.prefix { $0.isNumber }) }
    }
}
