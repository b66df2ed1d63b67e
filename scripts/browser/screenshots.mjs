import { mkdir } from "node:fs/promises";
import { join } from "node:path";

/** Pictures of the page in its states: light, dark and narrow. */
export async function takeScreenshots(openPage, { threat, attack, live }, folder, into) {
  await mkdir(into, { recursive: true });
  const shoot = (page, name) => page.page.screenshot({ path: join(into, `${name}.png`), fullPage: true });
  for (const colorScheme of ["light", "dark"]) {
    const page = await openPage({ colorScheme, viewport: { width: 1100, height: 800 } });
    await shoot(page, `${colorScheme}-empty`);
    await page.chooseBundle(threat.bundle);
    await page.score(join(folder, "unseen.csv"));
    await shoot(page, `${colorScheme}-threat`);
    await page.score(attack.csv);
    await shoot(page, `${colorScheme}-error`);
    await page.chooseBundle(attack.bundle);
    await page.score(attack.spreadCsv);
    await shoot(page, `${colorScheme}-attack`);
    await page.chooseBundle(join(folder, "cic2017.safetensors"));
    await page.score(join(folder, "traffic.pcap"));
    await shoot(page, `${colorScheme}-capture`);
    await page.removeModels();
    await page.addBundles(live.threat, live.attack);
    await page.score(live.capture);
    await page.shownRows("PortScan");
    await shoot(page, `${colorScheme}-two-stages`);
  }
  const page = await openPage({ viewport: { width: 390, height: 800 } });
  await page.chooseBundle(threat.bundle);
  await page.score(join(folder, "invalid.csv"));
  await shoot(page, "narrow");
  await page.addBundles(live.attack, live.threat);
  await page.score(live.capture);
  await shoot(page, "narrow-two-stages");
  console.log(`Pictures: ${into}`);
}
