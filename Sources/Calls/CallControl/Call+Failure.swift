import SIPSyntax
import SIPUserAgent
import Trunks

/// What comes after an INVITE that failed: another address, another offer, the next point of presence, or the end.
extension Call {
    func fail(_ reason: EndReason) async {
        let cause = EndCause(reason, transportFault: self.transportFault)
        self.transportFault = nil
        if case .inbound = self.side {
            // A 200 of ours that crossed the CANCEL answered nothing.
            self.record.moments.answered = nil
            await self.carryOut(self.machine.signallingEnded(cause, at: self.now))
            return
        }
        if reason.advice?.triesNext == true, self.redirect?.takeNext() == true {
            await self.carryOut(self.machine.tryAgain(orEndWith: cause, at: self.now))
            return
        }
        if let route = self.redirectRoute(after: reason) {
            self.redirect = route
            self.tell(.note("The carrier redirected the call to \(route.target)."))
            await self.carryOut(self.machine.tryAgain(orEndWith: .redirectLimit, at: self.now))
            return
        }
        self.redirect = nil
        if reason.cause == .rejectedByPeer, let status = reason.status {
            if status.class == .redirection, self.trunk.redirects != .refuse {
                await self.carryOut(self.machine.attemptFailed(.redirectLimit, triesNext: false, at: self.now))
                return
            }
            if FailureAdvice.narrowsOffer(status), self.negotiation?.narrow() == true {
                self.tell(.note("The offer was not taken (\(status)); PCMA alone is offered."))
                await self.carryOut(self.machine.tryAgain(orEndWith: cause, at: self.now))
                return
            }
        }
        // Retry-After speaks of the server that sent it (RFC 3261 section 21.5.4): only when no other is left does the
        // line wait.
        let pause = self.machine.hasUntriedRoute ? nil : reason.retryAfter
        if let pause {
            self.tell(.note("The carrier is busy and asks to wait \(pause.components.seconds) s."))
            await self.line.pause(for: pause)
        }
        await self.giveUpAttempt(cause, triesNext: reason.advice?.triesNext ?? false, namesTime: pause != nil)
    }

    /// The attempt failed. Why is in the log even where the next one succeeds, and the record knows nothing of it.
    func giveUpAttempt(_ cause: EndCause, triesNext: Bool, namesTime: Bool = false) async {
        let actions = self.machine.attemptFailed(cause, triesNext: triesNext, namesTime: namesTime, at: self.now)
        if actions == [.requestPermit], let place = self.record.pointsOfPresence.last {
            self.tell(.note("\(place) did not take the call, which is tried again. \(cause.sentence)"))
        }
        await self.carryOut(actions)
    }
}
