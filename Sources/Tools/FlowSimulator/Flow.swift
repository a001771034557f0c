import Timekeeping

/// An IVR flow: named steps that a call walks through, in the way of an App Bazaar flow.
///
/// A flow that was read from YAML is closed: every step that another names exists.
package struct Flow: Hashable, Sendable {
    package var start: StepName
    package var steps: [StepName: FlowStep]

    package init(start: StepName, steps: [StepName: FlowStep]) {
        self.start = start
        self.steps = steps
    }

    /// The names of every prompt that the flow can play, each once, sorted.
    package var promptNames: [String] {
        var names: Set<String> = []
        for step in self.steps.values {
            switch step {
            case .say(let say): names.insert(say.prompt)
            case .gather(let gather): names.formUnion(gather.prompt.map { [$0] } ?? [])
            case .connect(let connect): names.formUnion(connect.agent?.prompt.map { [$0] } ?? [])
            case .press, .listen, .hangUp: break
            }
        }
        return names.sorted()
    }
}

/// The name of a step within its flow.
package struct StepName: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ text: String) {
        self.description = text
    }
}

package enum FlowStep: Hashable, Sendable {
    case say(Say)
    case gather(Gather)
    case press(Press)
    case listen(Listen)
    case connect(Connect)
    case hangUp(HangUp)

    /// Speaks a prompt to its end.
    package struct Say: Hashable, Sendable {
        package var prompt: String
        /// Nil hangs up.
        package var next: StepName?

        package init(prompt: String, next: StepName?) {
            self.prompt = prompt
            self.next = next
        }
    }

    /// Speaks an optional prompt and collects digits; the first digit cuts the prompt short.
    package struct Gather: Hashable, Sendable {
        package var prompt: String?
        /// How many digits make an entry, without the terminator: 1...32.
        package var digits: ClosedRange<Int> = 1...1
        package var terminator: Digit?
        /// The wait for the first digit after the prompt, and for each further digit.
        package var timeout: Duration = .seconds(5)
        /// How often the step is played before `otherwise` is taken.
        package var tries = 1
        package var branches: [String: StepName] = [:]
        /// Where an entry goes that is long enough and has no branch of its own.
        package var anyEntry: StepName?
        /// Where the call goes when the tries are used up; nil hangs up.
        package var otherwise: StepName?

        package init() {}
    }

    /// Sends digits by RFC 4733, as a caller does who presses keys: 100 ms each with 100 ms between them.
    package struct Press: Hashable, Sendable {
        package var digits: [Digit]
        package var next: StepName?

        package init(digits: [Digit], next: StepName?) {
            self.digits = digits
            self.next = next
        }
    }

    /// Is silent and listens; the caller may speak or hang up.
    package struct Listen: Hashable, Sendable {
        package var duration: Duration
        package var next: StepName?

        package init(duration: Duration, next: StepName?) {
            self.duration = duration
            self.next = next
        }
    }

    /// Joins the caller to a far end for a while.
    package struct Connect: Hashable, Sendable {
        package var agent: Agent?
        /// How long the two are joined once the far end has answered.
        package var duration: Duration
        package var next: StepName?

        /// - Parameter agent: Who answers; nil joins the caller to an echo.
        package init(agent: Agent?, duration: Duration, next: StepName?) {
            self.agent = agent
            self.duration = duration
            self.next = next
        }
    }

    /// An agent's telephone: rings, answers after a delay and says something.
    package struct Agent: Hashable, Sendable {
        /// How long the caller hears the ringing tone.
        package var ringing: Duration
        package var prompt: String?

        package init(ringing: Duration, prompt: String?) {
            self.ringing = ringing
            self.prompt = prompt
        }
    }

    package struct HangUp: Hashable, Sendable {
        /// The Q.850 cause of the BYE's Reason header: 1...127.
        package var cause: UInt8

        package init(cause: UInt8 = 16) {
            self.cause = cause
        }
    }
}

/// One DTMF digit: RFC 4733 events 0 to 15.
package struct Digit: Hashable, Sendable, CustomStringConvertible {
    /// The event code of RFC 4733 section 3.2.
    package let event: UInt8

    private static let characters = Array("0123456789*#ABCD")

    package init?(event: UInt8) {
        guard event < 16 else { return nil }
        self.event = event
    }

    package init?(_ character: Character) {
        guard let event = Self.characters.firstIndex(of: character) else { return nil }
        self.event = UInt8(event)
    }

    package var description: String {
        String(Self.characters[Int(self.event)])
    }
}
