//! Browsers with holes that attackers are known to have used.
//!
//! The lowest version of each in which the newest such hole was closed that is on CISA's list of known exploited
//! vulnerabilities and that the version tells: Chromium CVE-2025-14174, WebKit CVE-2025-24201, Firefox CVE-2024-9680. To be
//! looked at with each release of Casemate.

const CLOSED_IN: [(&str, [u32; 4]); 3] =
    [("Chromium", [143, 0, 7499, 110]), ("Safari", [18, 3, 2, 0]), ("Firefox", [131, 0, 2, 0])];

/// Firefox' versions for organisations, which tell only this number and got the same mended.
const MENDED_LONGER: [u32; 2] = [115, 128];

/// Has this version of this browser one of them? `false` for browsers that are not known here.
pub fn has_known(browser: &str, version: &str) -> bool {
    let Some((_, closed_in)) = CLOSED_IN.iter().find(|(name, _)| *name == browser) else { return false };
    let parts: Vec<u32> = version.split('.').map_while(|part| part.parse().ok()).collect();
    if browser == "Firefox" && parts.first().is_some_and(|first| MENDED_LONGER.contains(first)) {
        return false;
    }
    // Of a version that is told in part (`142.0.0.0`), what is not told is taken for the newest.
    let told =
        if parts.iter().skip(1).all(|part| *part == 0) { &parts[..parts.len().min(1)] } else { &parts[..] };
    !told.is_empty() && told < &closed_in[..told.len().min(4)]
}

/// Name and version of browsers that tell them by their user agent alone.
pub fn of_agent(agent: &str) -> Option<(&'static str, &str)> {
    let after = |mark: &str| agent.split_once(mark)?.1.split([' ', ';', ')']).next();
    match () {
        () if agent.contains("Chrome/") => Some(("Chromium", after("Chrome/")?)),
        () if agent.contains("Firefox/") => Some(("Firefox", after("Firefox/")?)),
        () if agent.contains(" Safari/") => Some(("Safari", after("Version/")?)),
        () => None,
    }
}

/// What people call a browser, and what it runs on.
pub fn called(agent: &str) -> Option<(&'static str, &'static str)> {
    let first = |marks: &[(&str, &'static str)]| {
        marks.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    let browser = first(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("CriOS/", "Chrome"),
        ("FxiOS/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Firefox/", "Firefox"),
        ("Safari/", "Safari"),
    ])?;
    let system = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ])?;
    Some((browser, system))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_tell_who_they_are() {
        let safari = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15";
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0";
        assert_eq!(of_agent(safari), Some(("Safari", "18.3")));
        assert_eq!(of_agent(chrome), Some(("Chromium", "142.0.0.0")));
        assert_eq!(of_agent(firefox), Some(("Firefox", "131.0")));
        assert_eq!(of_agent("Mozilla/5.0 (iPhone) CriOS/131.0 Mobile Safari/604.1"), None);
        assert_eq!(of_agent(""), None);
        assert_eq!(called(safari), Some(("Safari", "macOS")));
        assert_eq!(called(chrome), Some(("Chrome", "Linux")));
        assert_eq!(
            called("Mozilla/5.0 (Linux; Android 10; K) Chrome/142.0.0.0 Mobile"),
            Some(("Chrome", "Android"))
        );
        assert_eq!(
            called("Mozilla/5.0 (Windows NT 10.0) Chrome/142.0.0.0 Edg/142.0"),
            Some(("Edge", "Windows"))
        );
        assert_eq!(called("curl/8"), None);
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        for (browser, version) in [
            ("Chromium", "99.0.1.2"),
            ("Chromium", "143.0.7499.40"),
            ("Chromium", "142.0.0.0"),
            ("Safari", "18.3.1"),
            ("Safari", "17.6"),
            ("Firefox", "131.0.1"),
            ("Firefox", "116.0"),
        ] {
            assert!(has_known(browser, version), "{browser} {version}");
        }
        for (browser, version) in [
            ("Chromium", "143.0.7499.110"),
            ("Chromium", "143.0.0.0"),
            ("Chromium", "200.1"),
            ("Safari", "18.3"),
            ("Safari", "26.2"),
            ("Firefox", "128.0"),
            ("Firefox", "131.0"),
            ("Firefox", "145.0.1"),
            ("Other", "1.0"),
            ("Chromium", ""),
            ("Chromium", "x"),
        ] {
            assert!(!has_known(browser, version), "{browser} {version}");
        }
    }
}
