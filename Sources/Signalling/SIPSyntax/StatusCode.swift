/// A response's status code, 100 to 699.
package struct StatusCode: Hashable, Sendable, Comparable {
    package let number: Int

    /// The first digit (RFC 3261 section 7.2).
    package enum Class: Int, Hashable, Sendable {
        case provisional = 1
        case success
        case redirection
        case requestFailure
        case serverFailure
        case globalFailure
    }

    /// Nil outside 100 to 699.
    package init?(_ number: Int) {
        guard 100...699 ~= number else { return nil }
        self.number = number
    }

    private init(trusted number: Int) {
        self.number = number
    }

    package var `class`: Class {
        switch self.number {
        case ..<200: .provisional
        case ..<300: .success
        case ..<400: .redirection
        case ..<500: .requestFailure
        case ..<600: .serverFailure
        default: .globalFailure
        }
    }

    package var isProvisional: Bool { self.number < 200 }
    package var isFinal: Bool { self.number >= 200 }
    package var isSuccess: Bool { self.class == .success }

    package static func < (left: StatusCode, right: StatusCode) -> Bool {
        left.number < right.number
    }
}

extension StatusCode: CustomStringConvertible {
    package var description: String { String(self.number) }
}

extension StatusCode {
    package static let trying = StatusCode(trusted: 100)
    package static let ringing = StatusCode(trusted: 180)
    package static let callIsBeingForwarded = StatusCode(trusted: 181)
    package static let queued = StatusCode(trusted: 182)
    package static let sessionProgress = StatusCode(trusted: 183)
    package static let ok = StatusCode(trusted: 200)
    package static let accepted = StatusCode(trusted: 202)
    package static let movedPermanently = StatusCode(trusted: 301)
    package static let movedTemporarily = StatusCode(trusted: 302)
    package static let badRequest = StatusCode(trusted: 400)
    package static let unauthorized = StatusCode(trusted: 401)
    package static let forbidden = StatusCode(trusted: 403)
    package static let notFound = StatusCode(trusted: 404)
    package static let methodNotAllowed = StatusCode(trusted: 405)
    package static let notAcceptable = StatusCode(trusted: 406)
    package static let proxyAuthenticationRequired = StatusCode(trusted: 407)
    package static let requestTimeout = StatusCode(trusted: 408)
    package static let gone = StatusCode(trusted: 410)
    package static let requestEntityTooLarge = StatusCode(trusted: 413)
    package static let unsupportedMediaType = StatusCode(trusted: 415)
    package static let unsupportedURIScheme = StatusCode(trusted: 416)
    package static let badExtension = StatusCode(trusted: 420)
    package static let extensionRequired = StatusCode(trusted: 421)
    package static let sessionIntervalTooSmall = StatusCode(trusted: 422)
    package static let intervalTooBrief = StatusCode(trusted: 423)
    package static let badInfoPackage = StatusCode(trusted: 469)
    package static let temporarilyUnavailable = StatusCode(trusted: 480)
    package static let callDoesNotExist = StatusCode(trusted: 481)
    package static let loopDetected = StatusCode(trusted: 482)
    package static let tooManyHops = StatusCode(trusted: 483)
    package static let addressIncomplete = StatusCode(trusted: 484)
    package static let busyHere = StatusCode(trusted: 486)
    package static let requestTerminated = StatusCode(trusted: 487)
    package static let notAcceptableHere = StatusCode(trusted: 488)
    package static let badEvent = StatusCode(trusted: 489)
    package static let requestPending = StatusCode(trusted: 491)
    package static let serverInternalError = StatusCode(trusted: 500)
    package static let notImplemented = StatusCode(trusted: 501)
    package static let badGateway = StatusCode(trusted: 502)
    package static let serviceUnavailable = StatusCode(trusted: 503)
    package static let serverTimeout = StatusCode(trusted: 504)
    package static let versionNotSupported = StatusCode(trusted: 505)
    package static let messageTooLarge = StatusCode(trusted: 513)
    package static let preconditionFailure = StatusCode(trusted: 580)
    package static let busyEverywhere = StatusCode(trusted: 600)
    package static let decline = StatusCode(trusted: 603)
    package static let doesNotExistAnywhere = StatusCode(trusted: 604)
    package static let notAcceptableAnywhere = StatusCode(trusted: 606)

    /// The phrase of the RFC that defines the code; a general one by class for a code that is not known.
    package var reasonPhrase: HeaderValue {
        if let phrase = Self.phrases[self.number] { return HeaderValue(trusted: phrase) }
        return switch self.class {
        case .provisional: HeaderValue(trusted: "Progress")
        case .success: HeaderValue(trusted: "Success")
        case .redirection: HeaderValue(trusted: "Redirection")
        case .requestFailure: HeaderValue(trusted: "Request Failure")
        case .serverFailure: HeaderValue(trusted: "Server Failure")
        case .globalFailure: HeaderValue(trusted: "Global Failure")
        }
    }

    private static let phrases: [Int: StaticString] = [
        100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress",
        200: "OK", 202: "Accepted", 301: "Moved Permanently", 302: "Moved Temporarily", 400: "Bad Request",
        401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
        407: "Proxy Authentication Required", 408: "Request Timeout", 410: "Gone", 413: "Request Entity Too Large",
        415: "Unsupported Media Type", 416: "Unsupported URI Scheme", 420: "Bad Extension",
        421: "Extension Required", 422: "Session Interval Too Small", 423: "Interval Too Brief",
        469: "Bad Info Package",
        480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected",
        483: "Too Many Hops", 484: "Address Incomplete", 486: "Busy Here", 487: "Request Terminated",
        488: "Not Acceptable Here", 489: "Bad Event", 491: "Request Pending", 500: "Server Internal Error",
        501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Server Time-out",
        505: "Version Not Supported", 513: "Message Too Large", 580: "Precondition Failure",
        600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable",
    ]
}
