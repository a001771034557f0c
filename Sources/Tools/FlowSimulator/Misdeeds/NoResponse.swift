import SIPSyntax
import Timekeeping

/// An edge that takes INVITEs and says nothing to them, not even 100; or one that closes the connection instead.
package struct NoResponse: Misdeed {
    package static let name = "noResponse"

    package enum Manner: String, Hashable, Sendable, CaseIterable {
        case silence
        case close
    }

    package var manner: Manner

    package init(_ manner: Manner) {
        self.manner = manner
    }

    init(_ setting: YAMLSetting) throws(SimulatorError) {
        self.manner = try setting.word(of: Manner.self)
    }

    package mutating func judge(_ invite: Request, in scene: MisdeedScene) -> MisdeedVerdict? {
        let actions: [MisdeedAction] =
            switch self.manner {
            case .silence: [.did("nothing said to the INVITE")]
            case .close: [.did("the connection closed at the INVITE"), .closeConnection]
            }
        return MisdeedVerdict(response: nil, patience: .seconds(1), actions: actions)
    }

    package mutating func willSend(_ message: SIPMessage, in scene: MisdeedScene) -> [SIPMessage] {
        guard case .response(let response) = message, (try? response.headers.cSeq)?.method == .invite else {
            return [message]
        }
        return []
    }
}
